import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../../../plugins/isobench/src/domain/settings.ts'
import { plainText, settingsText } from '../../../../plugins/isobench/src/nx/generators/settings-text.ts'
import { Commit } from '../../../../plugins/isobench/src/schema/commit.ts'
import { GenerationSettings } from '../../../../plugins/isobench/src/schema/generation-settings.ts'

const file = 'commits/demo/12345678/commit.yaml'

describe('settingsText', () => {
  it('names the schema for editors and quotes hashes', () => {
    const head = '1234567812345678123456781234567812345678'
    expect(settingsText(Commit, file, { head, claim: '[Core] faster: 2x #1' }, ['A remark.'])).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=../../../node_modules/nx-isobench/schemas/commit.json
      # A remark.
      head: '1234567812345678123456781234567812345678'
      claim: '[Core] faster: 2x #1'
      "
    `)
  })

  it.each([
    'yes',
    '3.10',
    '~',
    '- item',
    '# no comment',
    'a: b',
    '"quoted',
    "it's",
    '*alias',
    '%directive',
    '\u0000\u0007',
    'x'.repeat(500),
    'line\n\n  indented\nlast\n',
    'é 名 🚀',
  ])('reads back what it wrote: %j', (claim) => {
    const head = 'a'.repeat(40)
    expect(parseSettings(Commit, settingsText(Commit, file, { head, claim }), file)).toEqual({ head, claim })
  })

  it('writes no body for settings that are all defaults', () => {
    const text = settingsText(GenerationSettings, 'commits/demo/generation.yaml', {})
    expect(text).toBe(
      '# yaml-language-server: $schema=../../node_modules/nx-isobench/schemas/generation-settings.json\n',
    )
  })

  it('refuses to write what the tool would refuse to read', () => {
    expect(() => settingsText(Commit, file, { head: 'abc' })).toThrowErrorMatchingInlineSnapshot(
      `[IsobenchError: commits/demo/12345678/commit.yaml:2:7: must be a full commit hash: 40 lower-case hexadecimal digits at \`head\`]`,
    )
  })
})

describe('plainText', () => {
  it('cuts without leaving half a character, and keeps no replacement character', () => {
    expect(plainText(' ab🚀 ', 3)).toBe('ab?')
    expect(plainText('caf\uFFFD', 100)).toBe('caf?')
  })
})
