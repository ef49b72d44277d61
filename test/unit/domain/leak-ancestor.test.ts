import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { changeOfExtraction } from '../../../plugins/isobench/src/domain/extracted-change.ts'
import { parseExtraction } from '../../../plugins/isobench/src/domain/extraction.ts'
import { findLeaks } from '../../../plugins/isobench/src/domain/leak/leak.ts'
import type { Analysis } from '../../../plugins/isobench/src/schema/analysis.ts'
import { analyze } from '../../../plugins/isobench/src/stages/analyze.ts'
import { noGit } from '../../support/analyses.ts'
import { repositorySettings } from '../../support/git-fixture.ts'

const folder = join(import.meta.dirname, '../../../../shared/data/extractions')
const present = existsSync(folder)
if (!present) console.log(`skipped: the real extractions are not there: ${folder}`)

/**
 * Commits whose whole task the ancestor's own analysis found to hold at least half of the human diff, as far as their
 * extractions are here (CODEX_LEAK_ANALYSIS: lines shown of lines there).
 */
const leaked = {
  '2f192835': '12/12',
  '660470e5': '22/22',
  '6dd94dbe': '21/21',
  '8c1e77fb': '13/13',
  ec3b5ce9: '27/27',
  '25ebed2f': '27/29',
  '526de822': '27/31',
  '83450458': '28/41',
  '98f47f2a': '27/43',
  b55ed6ef: '27/52',
  '3b61cb45': '30/60',
}

interface RealCommit {
  readonly sha8: string
  readonly analysis: Analysis
  readonly diff: string
  /** The changed files at base; none where the extraction has none */
  readonly base: readonly string[]
}

const commits: RealCommit[] = []
beforeAll(async () => {
  if (!present) return
  for (const name of ['vllm', 'sglang']) {
    const measured = { name, import: name, ...(name === 'sglang' ? { root: 'python' } : {}) }
    const settings = { ...repositorySettings({ bundle: 'none' }), package: measured }
    for (const file of await readdir(join(folder, name))) {
      const text = await readFile(join(folder, name, file), 'utf8')
      const extraction = parseExtraction(text, file)
      const commit = { head: extraction.head, base: extraction.base ?? '0'.repeat(40) }
      const analysis = await analyze({ repository: { name, settings }, commit, extraction: text }, { git: noGit })
      const base = changeOfExtraction(extraction, settings).python.flatMap((each) => each.base ?? [])
      commits.push({ sha8: file.slice(0, 8), analysis, diff: extraction.diff, base })
    }
  }
})

const severities = (textsOf: (commit: RealCommit) => readonly string[], withBase = false): Record<string, number> => {
  const found = { none: 0, hint: 0, answer: 0 }
  for (const commit of commits) {
    for (const text of textsOf(commit)) {
      found[findLeaks(text, commit.analysis, withBase ? commit.base : []).severity]++
    }
  }
  return found
}

/** What the ancestor put into a prompt as an example: the first 30 lines of the diff. */
const example = ({ diff }: RealCommit): string =>
  `Here is an example of optimizations in this codebase:\n\n${diff.split('\n').slice(0, 30).join('\n')}\n`

/** A task that names whatever the commit changed, and not how. */
const task = ({ analysis: { files, functions } }: RealCommit) => {
  const names = functions.filter(({ sides }) => sides.includes('base')).map(({ name }) => `\`${name}\``)
  return `Make ${files.map(({ path }) => path).join(', ')} faster. ${names.join(', ')} are slow. Do not edit the tests.`
}

/** The files that the commit changes as they are before; none where the extraction has none. */
const files = ({ base }: RealCommit) => (base.length === 0 ? [] : [base.join('\n')])

/** The four commits that follow, as far as they are of the same repository. */
const others = (commit: RealCommit) => {
  const start = commits.indexOf(commit)
  const next = [1, 2, 3, 4].map((step) => commits[(start + step) % commits.length]!)
  return next.filter(({ analysis }) => analysis.repository === commit.analysis.repository)
}

describe.runIf(present)('the 40 real changes', () => {
  test('every task of which the ancestor says that it held half of the diff is the answer', () => {
    const found = commits.filter(({ sha8 }) => sha8 in leaked)
    expect(found).toHaveLength(11)
    const table = found.map((commit) => {
      const leak = findLeaks(example(commit), commit.analysis)
      const shown = leaked[commit.sha8 as keyof typeof leaked]
      return {
        commit: commit.sha8,
        shown,
        severity: leak.severity,
        copied: `${leak.copied_lines}/${leak.telling_lines}`,
      }
    })
    console.table(table)
    expect(table.filter(({ severity }) => severity !== 'answer')).toEqual([])
  })

  test('so are nearly all others: 30 lines show the mechanism of most changes', () => {
    expect(severities((commit) => [example(commit)])).toMatchInlineSnapshot(`
      {
        "answer": 37,
        "hint": 1,
        "none": 2,
      }
    `)
  })

  test('the whole diff is the answer wherever there is one', () => {
    expect(severities(({ diff }) => [diff])).toMatchInlineSnapshot(`
      {
        "answer": 39,
        "hint": 0,
        "none": 1,
      }
    `)
  })

  test('the message names the pull request; without it, it is a hint or says how', () => {
    expect(severities(({ analysis }) => [analysis.message])).toMatchInlineSnapshot(`
      {
        "answer": 40,
        "hint": 0,
        "none": 0,
      }
    `)
    expect(severities(({ analysis }) => [analysis.subject.replace(/\(#\d+\)$/, '')])).toMatchInlineSnapshot(`
      {
        "answer": 9,
        "hint": 27,
        "none": 4,
      }
    `)
  })

  test('a task that names files and functions gives nothing away', () => {
    expect(severities((commit) => [task(commit)])).toMatchInlineSnapshot(`
      {
        "answer": 0,
        "hint": 0,
        "none": 40,
      }
    `)
  })

  test('the files at base give nothing away where they are known', () => {
    expect(severities(files)).toMatchInlineSnapshot(`
      {
        "answer": 2,
        "hint": 6,
        "none": 9,
      }
    `)
    expect(severities(files, true)).toMatchInlineSnapshot(`
      {
        "answer": 0,
        "hint": 2,
        "none": 15,
      }
    `)
  })

  test('the diffs and messages of other commits of the same repository rarely match', () => {
    expect(severities((commit) => others(commit).map(({ diff }) => diff))).toMatchInlineSnapshot(`
      {
        "answer": 0,
        "hint": 10,
        "none": 130,
      }
    `)
    expect(severities((commit) => others(commit).map(({ analysis }) => analysis.message))).toMatchInlineSnapshot(`
      {
        "answer": 0,
        "hint": 0,
        "none": 140,
      }
    `)
  })
})
