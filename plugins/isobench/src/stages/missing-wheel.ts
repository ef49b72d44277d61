import type { CommitToInstall, Wheel } from '../adapters/environment-store.ts'
import { firstObjection } from '../domain/wheel-answer.ts'
import { IsobenchError } from '../errors.ts'
import { type Outcome, Side, failed } from '../schema/outcome.ts'
import type { Ladder } from './wheel-ladder.ts'

type Commits = Readonly<Record<Side, CommitToInstall>>

const millisecondsInDay = 86_400_000

/**
 * Why a side has no wheel. What depends on the settings is an outcome; what depends on the day or on this machine is
 * thrown, so that it is never kept.
 * @throws IsobenchError `network` for a commit younger than a day: hosts take hours to build the wheel of a new commit;
 * `prerequisite-missing` when a source has a wheel that only another machine can use
 */
export function whyMissing(ladder: Ladder<unknown>, commits: Commits): Outcome {
  const side = Side.options.find((each) => ladder[each].wheel === null)!
  const { attempts, buildFailure } = ladder[side]
  const { hash, commitDate } = commits[side]
  const answers = attempts.map(({ answer }) => answer)
  const isYoung = Date.now() - Date.parse(commitDate) < millisecondsInDay
  if (isYoung && attempts.some(({ rung }) => rung === 'wheel-index')) {
    throw new IsobenchError('network', `no wheel yet for a commit younger than a day: ${hash}`, {
      hint: 'run it again when the wheel host has had time to build it',
    })
  }
  const ofMachine = firstObjection('machine', answers)
  if (ofMachine !== undefined) {
    throw new IsobenchError('prerequisite-missing', `the wheel of ${hash} cannot be used here: ${ofMachine}`, {
      hint: 'run the target on a machine that it fits, or add another rung to `wheels` in repository.yaml',
    })
  }
  if (buildFailure !== null) return failed('build-failed', `cannot build ${hash}: ${buildFailure}`, side)
  const mismatch = firstObjection('mismatch', answers)
  if (mismatch !== undefined) return failed('version-mismatch', mismatch, side)
  const invalid = firstObjection('invalid', answers)
  if (invalid !== undefined) return failed('wheel-invalid', `the wheel of ${hash} is refused: ${invalid}`, side)
  const ofPython = firstObjection('python', answers)
  if (ofPython !== undefined) return failed('wheel-incompatible', `the wheel of ${hash}: ${ofPython}`, side)
  return failed('wheel-missing', `no wheel source has ${hash}, places tried: ${attempts.length}`, side)
}

/** The outcome of two sides with one wheel, which says where each has it from; null when their wheels differ. */
export function sameWheel(base: Wheel, head: Wheel): Outcome | null {
  if (base.sha256 !== head.sha256) return null
  const places = `base has it from ${base.location}, head from ${head.location}`
  return failed('same-wheel', `base and head have the same wheel ${base.filename}, ${places}: ${base.sha256}`)
}
