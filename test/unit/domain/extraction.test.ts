import { describe, expect, test } from 'vitest'
import { changeOfExtraction } from '../../../plugins/isobench/src/domain/extracted-change.ts'
import { parseExtraction } from '../../../plugins/isobench/src/domain/extraction.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'

const head = 'a'.repeat(40)
const base = 'b'.repeat(40)
const hunk = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b`

const vllm = {
  commit_hash: head,
  parent_hash: base,
  message: 'Faster',
  date: '2024-11-28 09:01:02 -0800',
  files_changed: [
    { file_path: 'vllm/a.py', old_content: 'a\n', diff: hunk('vllm/a.py'), change_type: 'modified', lines_added: 2 },
    { file_path: 'vllm/b.py', old_content: '', diff: hunk('vllm/b.py'), change_type: 'renamed' },
  ],
  affected_apis: ['vllm.a.f'],
}

const sglang = {
  commit_hash: head,
  commit_subject: 'Faster (#1)',
  commit_message: 'Faster (#1)\n\nbody',
  commit_date: '2025-06-24T02:12:04-07:00',
  files_changed: ['python/sglang/a.py', 'logo.png'],
  diff_text: hunk('python/sglang/a.py'),
  apis: ['None'],
  functions_changed: [],
}

const parse = (value: unknown) => parseExtraction(JSON.stringify(value), 'x.json')

describe('parseExtraction', () => {
  test('reads the schema of vLLM', () => {
    expect(parse(vllm)).toEqual({
      schema: 'vllm',
      head,
      base,
      message: 'Faster',
      author_date: null,
      commit_date: '2024-11-28T17:01:02Z',
      files: [
        { path: 'vllm/a.py', change: 'modified', old_content: 'a\n' },
        { path: 'vllm/b.py', change: 'renamed', old_content: null },
      ],
      diff: `${hunk('vllm/a.py')}\n${hunk('vllm/b.py')}\n`,
      apis: ['vllm.a.f'],
    })
  })

  test('reads the schema of SGLang', () => {
    expect(parse(sglang)).toEqual({
      schema: 'sglang',
      head,
      base: null,
      message: 'Faster (#1)\n\nbody',
      author_date: null,
      commit_date: '2025-06-24T09:12:04Z',
      files: [
        { path: 'python/sglang/a.py', change: null, old_content: null },
        { path: 'logo.png', change: null, old_content: null },
      ],
      diff: hunk('python/sglang/a.py'),
      apis: ['None'],
    })
  })

  test('does without what may be missing, and puts the subject before a body', () => {
    const body = parse({ ...sglang, commit_message: 'body', commit_date: null, apis: null })
    expect(body).toMatchObject({ message: 'Faster (#1)\n\nbody', commit_date: null, apis: [] })
    expect(parse({ ...vllm, parent_hash: '', date: '' })).toMatchObject({ base: null, commit_date: null })
    expect(parse({ ...vllm, message: 'half \uD83D' }).message).toBe('half \uFFFD')
  })

  test.each([
    ['[]', 'x.json: not a JSON object'],
    ['{"a": }', "x.json: not valid JSON: Unexpected token '}'"],
    ['{"a":\n', 'x.json: not valid JSON: Unexpected end of JSON input'],
    ['{a', "x.json:1:2: not valid JSON: Expected property name or '}' in JSON"],
    ['{}', 'x.json: neither `diff_text` nor `files_changed` is there'],
    [
      JSON.stringify({ ...vllm, commit_hash: 'abc' }),
      'x.json: must be a full commit hash: 40 lower-case hexadecimal digits at `commit_hash`',
    ],
    [
      JSON.stringify({ ...vllm, parent_hash: `${base}^` }),
      'x.json: must be a full commit hash: 40 lower-case hexadecimal digits at `parent_hash`',
    ],
    [JSON.stringify({ ...vllm, date: 'yesterday' }), 'x.json: not a date with a time at `date`: yesterday'],
    [
      JSON.stringify({ ...vllm, files_changed: [{}] }),
      'x.json: invalid input: expected string, received undefined at `files_changed.0.file_path`',
    ],
    [
      JSON.stringify({ ...sglang, files_changed: [1] }),
      'x.json: invalid input: expected string, received number at `files_changed.0`',
    ],
  ])('refuses %s', (text, message) => expect(() => parseExtraction(text, 'x.json')).toThrow(message))
})

describe('changeOfExtraction', () => {
  const repository: Repository = {
    url: 'https://example.org/x.git',
    package: { name: 'vllm', import: 'vllm' },
    wheels: [{ kind: 'build' }],
  }

  test('counts lines itself, and gives the content at head where it knows that at base', () => {
    const change = changeOfExtraction(parse(vllm), repository)
    expect(change.files.map((file) => `${file.path} +${file.linesAdded} -${file.linesRemoved}`)).toEqual([
      'vllm/a.py +1 -1',
      'vllm/b.py +1 -1',
    ])
    expect(change.python.map((side) => [side.base, side.head])).toEqual([
      ['a\n', 'b\n'],
      [null, null],
    ])
  })

  test('believes no content that the hunks do not fit', () => {
    const files = [{ ...vllm.files_changed[0], old_content: 'z\n' }]
    const change = changeOfExtraction(parse({ ...vllm, files_changed: files }), repository)
    expect(change.python.map((side) => [side.base, side.head])).toEqual([[null, null]])
  })

  test('keeps a file that has no diff', () => {
    expect(changeOfExtraction(parse(sglang), repository).files.at(-1)).toEqual({
      path: 'logo.png',
      oldPath: null,
      change: 'modified',
      linesAdded: null,
      linesRemoved: null,
    })
  })

  test('refuses a diff that is none', () => {
    const extraction = parse({ ...sglang, diff_text: 'see the pull request' })
    expect(() => changeOfExtraction(extraction, repository)).toThrow(
      'extraction has a diff without a `diff --git` line',
    )
  })
})
