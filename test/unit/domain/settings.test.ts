import { describe, expect, it } from 'vitest'
import { parseSettings, settingsError } from '../../../plugins/isobench/src/domain/settings.ts'
import { Commit } from '../../../plugins/isobench/src/schema/commit.ts'
import { DatasetSettings } from '../../../plugins/isobench/src/schema/dataset-settings.ts'
import { GenerationSettings } from '../../../plugins/isobench/src/schema/generation-settings.ts'
import { Repository } from '../../../plugins/isobench/src/schema/repository.ts'

const digits = '1234567812345678123456781234567812345678'
const exponent = '1e23456712345671234567123456712345671234'

function messageOf(text: string, schema: Parameters<typeof parseSettings>[0] = Commit): string {
  try {
    parseSettings(schema, text, 'commits/demo/12345678/commit.yaml')
  } catch (error) {
    return (error as Error).message.replace('commits/demo/12345678/', '')
  }
  throw new Error('no error was thrown')
}

describe('values', () => {
  it.each([digits, exponent])('keeps an unquoted commit hash as it was typed: %s', (head) => {
    expect(parseSettings(Commit, `head: ${head}\n`, 'commit.yaml').head).toBe(head)
  })

  it('keeps a Python version as it was typed', () => {
    expect(parseSettings(Commit, `head: "${digits}"\npython: 3.10\n`, 'commit.yaml').python).toBe('3.10')
  })

  it('gives request parameters their natural type', () => {
    const text =
      'provider: { base_url: "http://localhost/v1" }\nmodel: m\nparameters: { temperature: 0.2, service_tier: flex }\n'
    expect(parseSettings(GenerationSettings, text, 'generation.yaml').parameters).toEqual({
      temperature: 0.2,
      service_tier: 'flex',
    })
  })

  it('fills in defaults for an empty file', () => {
    expect(parseSettings(GenerationSettings, '# nothing\n', 'generation.yaml').max_calls).toBe(4)
  })
})

describe('errors point at file, line and column', () => {
  it.each([
    ['unknown key', `head: "${digits}"\nbsae: x\n`, 'commit.yaml:2:1: unknown key at `bsae`'],
    [
      'abbreviated hash',
      'head: "12345678"\n',
      'commit.yaml:1:7: must be a full commit hash: 40 lower-case hexadecimal digits at `head`',
    ],
    [
      'hash that is no hash',
      'head: HEAD~1\n',
      'commit.yaml:1:7: must be a full commit hash: 40 lower-case hexadecimal digits at `head`',
    ],
    ['missing key', 'claim: faster\n', 'commit.yaml:1:1: invalid input: expected string, received undefined at `head`'],
    [
      'unclosed bracket',
      'head: [\n',
      'commit.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['duplicate key', `head: "${digits}"\nhead: "${digits}"\n`, 'commit.yaml:2:1: Map keys must be unique'],
    ['alias', `head: &a "${digits}"\nbase: *a\n`, 'commit.yaml:2:7: aliases are not allowed here'],
    [
      'path that climbs out',
      `head: "${digits}"\nextraction: { path: ../x, sha256: "${'0'.repeat(64)}" }\n`,
      'commit.yaml:2:21: must be a relative path without `..` at `extraction.path`',
    ],
    ['broken encoding', `head: "${digits}"\nnotes: \uFFFD\n`, 'commit.yaml:2:1: not valid UTF-8'],
    ['deep nesting', `head: ${'['.repeat(5000)}\n`, 'commit.yaml:1:1: nested deeper than 32 levels'],
    ['huge file', `notes: ${'x'.repeat(70_000)}\n`, 'commit.yaml:1:1: larger than 65536 bytes'],
  ])('%s', (_, text, message) => {
    expect(messageOf(text)).toBe(message)
  })

  it('refuses two deeply nested files one after the other', () => {
    expect(messageOf('['.repeat(5000))).toContain('nested deeper')
    expect(messageOf('{'.repeat(5000))).toContain('nested deeper')
  })

  it('refuses a repository with both a URL and a bundle', () => {
    const text =
      'url: https://example.org/x\nbundle: x.bundle\npackage: { name: x, import: x }\nwheels: [{ kind: build }]\n'
    expect(messageOf(text, Repository)).toBe('commit.yaml:1:1: needs exactly one of `url` and `bundle`')
  })

  it('refuses a dataset without a commit', () => {
    expect(messageOf('commits: []\n', DatasetSettings)).toBe(
      'commit.yaml:1:10: too small: expected array to have >=1 items at `commits`',
    )
  })

  it('refuses a member whose name climbs out', () => {
    expect(messageOf('commits: ["../x"]\n', DatasetSettings)).toMatch(/^commit\.yaml:1:11: must be/)
  })

  it('points at a value that only the tool can judge', () => {
    expect(settingsError(`head: x\nbase: y\n`, 'commit.yaml', ['base'], 'no').message).toBe('commit.yaml:2:7: no')
  })
})
