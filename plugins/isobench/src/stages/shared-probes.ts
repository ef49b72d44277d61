import type { CommitToInstall, Environments, Located, PeekedWheel, Probe } from '../adapters/environment-store.ts'
import { IsobenchError } from '../errors.ts'
import type { WheelSource } from '../schema/repository.ts'

export type Peek = (
  source: WheelSource,
  commit: CommitToInstall,
  python: string | undefined,
) => Promise<Probe<Located<PeekedWheel>>>

/** A source that gave so many times in a row no answer at all is not asked any more: each time takes half a minute. */
const patience = 3

/**
 * Asks each source for each commit once, however many commits of the dataset have it as base or head, and gives up on
 * a source that does not answer.
 * @param sources the ones that will be asked, as they stand: they are told apart by identity
 */
export function sharedProbes(environments: Environments): Peek {
  const probes = new Map<WheelSource, Map<string, ReturnType<Peek>>>()
  const silences = new Map<WheelSource, number>()

  const ask: Peek = async (source, commit, python) => {
    if ((silences.get(source) ?? 0) >= patience) {
      throw new IsobenchError('network', `not asked, the source gave no answer ${patience} times: ${nameOf(source)}`, {
        hint: 'check the network and the addresses in repository.yaml, then run it again',
      })
    }
    try {
      const probe = await environments.peek(source, commit, python)
      silences.set(source, 0)
      return probe
    } catch (error) {
      if (isSilence(error)) silences.set(source, (silences.get(source) ?? 0) + 1)
      throw error
    }
  }

  return (source, commit, python) => {
    const ofSource = probes.get(source) ?? new Map<string, ReturnType<Peek>>()
    probes.set(source, ofSource)
    const key = `${commit.hash} ${python ?? ''}`
    const probe = ofSource.get(key) ?? ask(source, commit, python)
    ofSource.set(key, probe)
    return probe
  }
}

/** Whether a host did not answer, not even with a status. */
function isSilence(error: unknown): boolean {
  return error instanceof IsobenchError && error.code === 'network' && !(error.cause instanceof Response)
}

function nameOf(source: WheelSource): string {
  if (source.kind === 'wheel-index') return source.urls.join(', ')
  return source.kind === 'release' ? source.index : source.kind
}
