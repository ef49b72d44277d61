import { join } from 'node:path'
import { canonicalJson } from '../domain/canonical-json.ts'
import { IsobenchError } from '../errors.ts'
import { StoredAnswer } from '../schema/answer.ts'
import { readTextIfPresent, writeAtomically } from './files.ts'

/** Answers that were paid for, by the digest of what was asked. */
export interface AnswerStore {
  read(key: string): Promise<StoredAnswer | undefined>
  write(key: string, answer: StoredAnswer): Promise<void>
}

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
