import { join } from 'node:path'
import { canonicalJson } from '../domain/canonical-json.ts'
import { IsobenchError } from '../errors.ts'
import { StoredAnswer } from '../schema/answer.ts'
import { readTextIfPresent, writeAtomically } from './files.ts'

/** Answers that were paid for, by the digest of what was asked. */
export interface AnswerStore {
  readonly read: (key: string) => Promise<StoredAnswer | undefined>
  readonly write: (key: string, answer: StoredAnswer) => Promise<void>
}

/**
 * How stored answers are used. `auto`: what is there is used, the rest is asked for and kept. `replay`: what is not
 * there is an error, nobody is asked. `record`: everything is asked for again and kept. `live`: the same, not kept.
 */
export const answerModes = ['auto', 'replay', 'record', 'live'] as const
export type AnswerMode = (typeof answerModes)[number]

/** A store of one file an answer, `<directory>/<key>.json`, in canonical form. */
export function fileAnswerStore(directory: string): AnswerStore {
  const fileOf = (key: string) => join(directory, `${key}.json`)
  return {
    async read(key) {
      const text = await readTextIfPresent(fileOf(key))
      if (text === undefined) return undefined
      try {
        return StoredAnswer.parse(JSON.parse(text))
      } catch (cause) {
        throw new IsobenchError('corrupt-artifact', `not a stored answer: ${fileOf(key)}`, {
          hint: 'remove the file to ask the model again',
          cause,
        })
      }
    },
    write: (key, answer) => writeAtomically(fileOf(key), canonicalJson(answer)),
  }
}

/** A store that also knows the answers of an older one; an answer that is read there is taken over. */
export function withOlder(store: AnswerStore, older: AnswerStore): AnswerStore {
  return {
    async read(key) {
      const found = await store.read(key)
      if (found !== undefined) return found
      const old = await older.read(key)
      if (old !== undefined) await store.write(key, old)
      return old
    },
    write: store.write,
  }
}

/** A store as a mode uses it. @throws IsobenchError `answer-missing` where `replay` finds nothing */
export function inMode(store: AnswerStore, mode: AnswerMode): AnswerStore {
  if (mode === 'auto') return store
  if (mode === 'replay') return { read: (key) => replayed(store, key), write: store.write }
  return { read: async () => undefined, write: mode === 'record' ? store.write : async () => undefined }
}

async function replayed(store: AnswerStore, key: string): Promise<StoredAnswer> {
  const found = await store.read(key)
  if (found !== undefined) return found
  throw new IsobenchError('answer-missing', `no stored answer to this request: ${key}`, {
    hint: 'prompt, settings or change differ from those that were recorded; ISOBENCH_ANSWERS=auto asks the model',
  })
}
