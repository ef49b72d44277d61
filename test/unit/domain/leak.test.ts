import { describe, expect, test } from 'vitest'
import { leakLines } from '../../../plugins/isobench/src/domain/leak/leak-text.ts'
import { findLeaks } from '../../../plugins/isobench/src/domain/leak/leak.ts'
import { Leak } from '../../../plugins/isobench/src/schema/leak.ts'
import { type LeakCase, fairCases, leakingCases } from '../../support/leak-cases.ts'
import { bufferChange, setChange } from '../../support/leak-changes.ts'

/** Whether the finding is what the case says; the table of all is printed, so that a person sees what each text costs. */
function judge({ name, change, text, severity, rules }: LeakCase): { row: object; leak: Leak } {
  const leak = Leak.parse(findLeaks(text, change))
  const found = [...new Set(leak.findings.map(({ rule }) => rule))]
  expect({ name, severity: leak.severity, missing: rules.filter((rule) => !found.includes(rule)) }).toEqual({
    name,
    severity,
    missing: [],
  })
  return { row: { text: name, severity: leak.severity, rules: found.join(' ') }, leak }
}

test('25 texts that say what to write are the answer', () => {
  expect(leakingCases).toHaveLength(25)
  console.table(leakingCases.map((each) => judge(each).row))
})

test('24 texts that pose the task fairly are none; two are hints', () => {
  expect(fairCases).toHaveLength(24)
  console.table(fairCases.map((each) => judge(each).row))
})

test('every finding stands on the line that it names', () => {
  for (const each of leakingCases) {
    const lines = each.text.split('\n')
    for (const { line, rule, text } of judge(each).leak.findings) {
      const place = lines[line - 1]!
      const shown = rule === 'copied-code' ? text.replaceAll(/\s/g, '').slice(0, 10) : text.slice(0, 20).trim()
      const searched = rule === 'copied-code' ? place.replaceAll(/\s/g, '') : place
      expect(searched, `${each.name}, ${rule}`).toContain(shown)
    }
  }
})

describe('copied code', () => {
  const line = '    return frozenset(load_stop_words(language))'

  test('one line of a large change is a hint, of a small one the answer', () => {
    expect(findLeaks(line, setChange)).toMatchObject({ copied_lines: 1, telling_lines: 7 })
    expect(findLeaks(line, setChange).findings.find(({ rule }) => rule === 'copied-code')?.severity).toBe('hint')
    const small = { ...setChange, hunks: [{ ...setChange.hunks[0]!, text: `+${line}` }] }
    expect(findLeaks(line, small).severity).toBe('answer')
  })

  test('a line that was only moved tells nothing', () => {
    const moved = { ...setChange, hunks: [{ ...setChange.hunks[0]!, text: `-${line}\n+    ${line}` }] }
    expect(findLeaks(line, moved)).toMatchObject({ severity: 'none', telling_lines: 0 })
  })

  test('what stands at base outside the hunks is nothing new', () => {
    const text =
      'See stop_word_table, lru_cache and maxsize.\n    return frozenset(load_stop_words(language))\n    table = stop_word_table(language)'
    expect(findLeaks(text, setChange).severity).toBe('answer')
    const base = `${text}\n@lru_cache(maxsize=32)\ndef stop_word_table(language):\n`
    expect(findLeaks(text, setChange, [base])).toMatchObject({ severity: 'none', copied_lines: 0 })
  })

  test.each([
    'from functools import lru_cache',
    'language=language,',
    'self.language = language',
    "if __name__ == '__main__':",
  ])('what every program has tells nothing: %s', (common) => {
    const change = { ...setChange, functions: [], hunks: [{ ...setChange.hunks[0]!, text: `+${common}` }] }
    expect(findLeaks(common, change)).toMatchObject({ copied_lines: 0, telling_lines: 0 })
  })
})

test('names of the path and of the base are not new', () => {
  const change = { ...bufferChange, files: [{ ...bufferChange.files[0]!, path: 'engine/host_lengths.py' }] }
  expect(findLeaks('host_lengths is the module.', change).severity).toBe('none')
})

test('hostile texts take no time: long lines, many quotes, no end of a sentence', () => {
  const texts = [
    'replace '.repeat(20_000),
    '`'.repeat(50_000),
    'use a '.repeat(20_000),
    '-'.repeat(50_000),
    'a to '.repeat(20_000),
  ]
  for (const text of texts) expect(findLeaks(text, setChange).severity).not.toBe('answer')
})

test('a person reads where, what and why', () => {
  const leak = findLeaks('Make it faster.\nReplace torch.zeros with scratch_buffer.', bufferChange)
  expect(leakLines({ project: 'engine-77aa10b2', leak })).toMatchInlineSnapshot(`
    [
      "engine-77aa10b2: answer",
      "  line 2, new-name (hint): scratch_buffer
        only in added lines: scratch = self.scratch_buffer[: len(lengths)]",
      "  line 2, directive (answer): Replace torch.zeros with scratch_buffer.
        \`zeros\` only in removed lines, \`scratch_buffer\` only in added lines",
    ]
  `)
})
