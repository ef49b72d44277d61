import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { atomFeed } from '../../../plugins/isobench/src/domain/atom-feed.ts'
import { regressionsOf } from '../../../plugins/isobench/src/domain/regressions.ts'
import { watchMarkdown, webhookMessage } from '../../../plugins/isobench/src/domain/watch-text.ts'
import type { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'

const slower = (name: string, p: number, change: Partial<CommitRecord> = {}) =>
  sampleRecord(name, {
    verdict: 'regressed',
    performance_improvement: -0.25,
    ci95: [-0.3, -0.2],
    p_value: p,
    ...change,
  })
const same = (name: string, p: number) => sampleRecord(name, { verdict: 'no-change', p_value: p })
const ids = (regressions: readonly { record: CommitRecord }[]) => regressions.map(({ record }) => record.instance_id)
const nameOf = ({ repository, head_commit: head }: CommitRecord, digits = 8) => `${repository}/${head.slice(0, digits)}`

const first = slower('first', 0.0078, { commit_date: '2024-01-01T00:00:00Z' })
const second = slower('second', 0.0078, { commit_date: '2024-01-02T00:00:00Z' })
const lost = unmeasuredRecord('lost', { stage: 'run-gpu', reason: 'timed-out' })

const idIn = (dataset: string, record: CommitRecord) => regressionsOf(dataset, [record], []).open[0]!.id

/** What Python's expat reads. */
function readBack(feed: string) {
  const script = `
import json, sys, xml.etree.ElementTree as tree
atom = "{http://www.w3.org/2005/Atom}"
feed = tree.fromstring(sys.stdin.buffer.read())
fields = lambda node: {child.tag.replace(atom, ""): child.text or child.attrib.get("href") for child in node if child.tag != atom + "entry"}
print(json.dumps({"tag": feed.tag, "feed": fields(feed), "entries": [fields(entry) for entry in feed.iter(atom + "entry")]}))`
  return JSON.parse(execFileSync('python3', ['-c', script], { input: feed, encoding: 'utf8' }))
}

describe('which regressions are told', () => {
  test('those that hold when all commits are taken together, the newest first', () => {
    expect(ids(regressionsOf('demo', [first, second, lost], []).open)).toEqual(
      ids([{ record: second }, { record: first }]),
    )
    // One of eight: 0.0078 · 8 = 0.0625 is above the rate of 0.05.
    const many = Array.from({ length: 7 }, (_, index) => same(`same ${index}`, 0.9))
    expect(regressionsOf('demo', [first, ...many], []).open).toEqual([])
    expect(regressionsOf('demo', [first, ...many.slice(2)], []).open[0]!.adjustedProbability).toBeCloseTo(0.0468)
  })

  test('an improvement is none, however sure', () => {
    expect(regressionsOf('demo', [sampleRecord('better', { p_value: 0.0001 })], []).open).toEqual([])
  })

  test('an acknowledged one stays quiet, by any number of digits; an unknown one is said', () => {
    const reasons = [
      { commit: nameOf(first, 12), reason: 'the fix needs it' },
      { commit: 'demo/00000000', reason: 'typo' },
      { commit: nameOf(second).replace('demo/', 'other/'), reason: 'another repository' },
    ]
    const found = regressionsOf('demo', [first, second], reasons)
    expect(ids(found.open)).toEqual([second.instance_id])
    expect(ids(found.acknowledged)).toEqual([first.instance_id])
    expect(found.unknown.map(({ index }) => index)).toEqual([1, 2])
  })

  test('the id of a regression is a UUID of the commit in its dataset, and of nothing else', () => {
    expect(idIn('demo', first)).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(idIn('demo', slower('first', 0.001, { performance_improvement: -0.5 }))).toBe(idIn('demo', first))
    expect(new Set([idIn('demo', first), idIn('demo', second), idIn('other', first)]).size).toBe(3)
  })
})

describe('how they are told', () => {
  const hostile = slower('hostile', 0.0078, {
    commit_subject: `<b>"]]>&amp; \u0000\u001B \uFFFF\u202E | \`code\` 👩‍🔬`,
    repository_url: 'https://github.com/a/b.git',
    commit_date: '2024-02-01T00:00:00Z',
  })
  const found = regressionsOf('demo', [first, second, hostile], [{ commit: nameOf(second), reason: 'a | b\n<i>' }])
  const site = { name: 'demo', title: 'Demo & more', tool: 'nx-isobench 0.1.0', updated: '2024-03-01T00:00:00Z' }

  test('Atom: well-formed for another parser, with what RFC 4287 demands', () => {
    const { tag, feed, entries } = readBack(atomFeed(site, found.open))
    expect(tag).toBe('{http://www.w3.org/2005/Atom}feed')
    expect(feed).toMatchObject({ title: 'Demo & more: regressions', updated: hostile.commit_date })
    expect(feed.id).toMatch(/^urn:/)
    expect(entries).toHaveLength(2)
    expect(entries[0]).toEqual({
      id: found.open[0]!.id,
      title: `${hostile.instance_id}: <b>"]]>&amp; [U+0000][U+001B] \uFFFD[U+202E] | \`code\` 👩‍🔬`,
      updated: hostile.commit_date,
      link: `https://github.com/a/b/commit/${hostile.head_commit}`,
      content: expect.stringContaining('Head takes 25.0 % more time than base') as string,
    })
    expect(entries[1].link).toBeUndefined()
  })

  test('Atom: equal records give equal bytes, and a quiet dataset an empty feed', () => {
    expect(
      atomFeed(site, regressionsOf('demo', [first, second, hostile], [{ commit: nameOf(second), reason: 'x' }]).open),
    ).toBe(atomFeed(site, found.open))
    expect(readBack(atomFeed(site, []))).toMatchObject({ entries: [], feed: { updated: site.updated } })
  })

  test('Markdown: the regressions, what is acknowledged, what was not run, and the summary', () => {
    const text = watchMarkdown('Demo', found, ['demo-12345678'], '## Summary\n')
    expect(text).toContain('# Demo: 2 regressions')
    expect(text).toContain(`| \`${first.instance_id}\` | 2024-01-01 | −25.0 % | −30.0 % to −20.0 % | 0.0078 |`)
    expect(text).toContain(`| \`${second.instance_id}\` | −25.0 % | a \\| b &lt;i&gt; |  |  |`)
    expect(text).toContain('- `demo-12345678`')
    expect(text).not.toContain('<b>')
    expect(text.endsWith('## Summary\n')).toBe(true)
    expect(watchMarkdown('Demo', regressionsOf('demo', [], []), [], '')).toBe('# Demo: no regression\n')
  })

  test('webhook: one line for a person, figures for a program', () => {
    const message = webhookMessage('demo', found.open)
    expect(message.text).toBe(`demo: 2 regressions: ${hostile.instance_id}, ${first.instance_id}`)
    expect(message.regressions[1]).toMatchObject({
      id: found.open[1]!.id,
      head_commit: first.head_commit,
      performance_improvement: -0.25,
      adjusted_p_value: expect.closeTo(0.0078) as number,
    })
  })
})
