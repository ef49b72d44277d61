import { IsobenchError } from '../../errors.ts'
import type { ExactSource } from '../../schema/repository.ts'
import type { CommitToInstall } from './source.ts'

type Ask<Answer> = (source: ExactSource, commit: CommitToInstall, python: string | undefined) => Promise<Answer>

/** A source that gave no answer so many times in a row is not asked any more: each time takes up to minutes. */
const patience = 3

/**
 * Asks each source for each commit once, however many commits have it as base, as head or as ancestor, and gives up on
 * a source that does not answer at all.
 */
export function sharedProbe<Answer>(ask: Ask<Answer>): Ask<Answer> {
  const answers = new Map<string, Promise<Answer>>()
  const silences = new Map<string, number>()

  const askPatiently: Ask<Answer> = async (source, commit, python) => {
    const name = nameOf(source)
    if ((silences.get(name) ?? 0) >= patience) throw givenUp(name)
    try {
      const answer = await ask(source, commit, python)
      silences.set(name, 0)
      return answer
    } catch (error) {
      if (isSilence(error)) silences.set(name, (silences.get(name) ?? 0) + 1)
      throw error
    }
  }

  return (source, commit, python) => {
    const key = JSON.stringify([source, commit.hash, python])
    const answer = answers.get(key) ?? askPatiently(source, commit, python)
    answers.set(key, answer)
    return answer
  }
}

/** Whether a host did not answer, not even with a status. */
function isSilence(error: unknown): boolean {
  return error instanceof IsobenchError && error.code === 'network' && !(error.cause instanceof Response)
}

function givenUp(name: string): IsobenchError {
  return new IsobenchError('network', `not asked after ${patience} times without an answer: ${name}`, {
    hint: 'check the network and the `wheels` in repository.yaml, then run it again',
  })
}

function nameOf(source: ExactSource): string {
  return source.kind === 'wheel-index' ? source.urls.join(', ') : (source.index ?? 'the default index')
}
