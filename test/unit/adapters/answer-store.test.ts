import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  type AnswerStore,
  fileAnswerStore,
  inMode,
  withOlder,
} from '../../../plugins/isobench/src/adapters/answer-store.ts'
import type { StoredAnswer } from '../../../plugins/isobench/src/schema/answer.ts'

let directory: string
let store: AnswerStore

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isobench-answers-'))
  store = fileAnswerStore(directory)
})

const answer = (text: string): StoredAnswer => ({
  schema_version: 1,
  endpoint: 'http://127.0.0.1/v1/chat/completions',
  attempt: 0,
  request: {},
  request_id: null,
  response: { choices: [{ message: { content: text } }] },
})

describe('a mode', () => {
  test.each([
    ['auto', 'old', 'new'],
    ['record', undefined, 'new'],
    ['live', undefined, 'old'],
  ] as const)('%s reads %s and keeps %s', async (mode, read, kept) => {
    await store.write('key', answer('old'))
    const used = inMode(store, mode)
    expect(await used.read('key')).toEqual(read === undefined ? undefined : answer(read))
    await used.write('key', answer('new'))
    expect(await store.read('key')).toEqual(answer(kept))
  })

  test('replay reads what is there, and anything else is an error', async () => {
    await store.write('key', answer('old'))
    const used = inMode(store, 'replay')
    expect(await used.read('key')).toEqual(answer('old'))
    await expect(used.read('other')).rejects.toMatchObject({
      code: 'answer-missing',
      message: 'no stored answer to this request: other',
    })
  })
})

test('answers of an older store are taken over when they are read', async () => {
  const older = fileAnswerStore(join(directory, 'older'))
  await older.write('key', answer('old'))
  const both = withOlder(fileAnswerStore(join(directory, 'new')), older)
  expect(await both.read('key')).toEqual(answer('old'))
  expect(await both.read('other')).toBeUndefined()
  await both.write('later', answer('later'))
  expect((await readdir(join(directory, 'new'))).toSorted()).toEqual(['key.json', 'later.json'])
  expect(await readdir(join(directory, 'older'))).toEqual(['key.json'])
})
