import type { WheelAttempt } from '../schema/environment.ts'
import type { Side } from '../schema/outcome.ts'
import {
  type Preflight,
  type PreflightCommit,
  type PreflightProblem,
  PreflightReason,
  preflightSteps,
} from '../schema/preflight.ts'
import { commitInVersion } from './identity.ts'
import { normalizeName } from './wheel-name.ts'

/** A wheel as far as it shows without fetching it; null is what does not show. */
interface SeenWheel {
  readonly rung: WheelAttempt['rung']
  readonly location: string
  readonly name: string | null
  readonly version: string | null
  /** Equal in equal wheels */
  readonly fingerprint: string | null
}

/** What the ladder has for one side. */
export interface SeenSide {
  readonly hash: string
  /** RFC 3339 */
  readonly commitDate: string
  readonly wheel: SeenWheel | null
  readonly attempts: readonly WheelAttempt[]
}

type Sides = Readonly<Record<Side, SeenSide>>
type Problem = Omit<PreflightProblem, 'hint'>

const millisecondsInDay = 86_400_000

/** What helps, where it is the same for every commit. */
const hints: Partial<Record<PreflightReason, string>> = {
  'no-base': 'name a `base` in commit.yaml',
  'wheel-missing':
    'name another source under `wheels` in repository.yaml, or leave it: the record of the commit will say `wheel-missing`',
  'wheel-not-yet': 'run it again when the wheel host has had time to build it',
  'different-rungs':
    'name a source under `wheels` in repository.yaml that has both sides; as it is they would be installed, but not compared',
  'same-wheel': 'there is nothing to compare; see `base` in commit.yaml and `versions` in repository.yaml',
  'version-mismatch': 'the host has another wheel in this place; name another source under `wheels` in repository.yaml',
}

/** A problem with the hint that fits it. @param hint of the error that it comes from */
export function withHint(problem: Problem, hint?: string): PreflightProblem {
  return { ...problem, hint: hint ?? hints[problem.reason] ?? 'see docs/outcomes.md' }
}

/**
 * Why base and head cannot be installed and compared, as far as it shows before; null when nothing speaks against it.
 * @param now hosts take up to a day to have the wheel of a new commit
 */
export function problemOf(distribution: string, sides: Sides, now: Date): PreflightProblem | null {
  const { base, head } = sides
  const problem =
    missing('base', base, now) ??
    missing('head', head, now) ??
    notComparable(base.wheel!, head.wheel!) ??
    mismatch('base', base.hash, base.wheel!, distribution) ??
    mismatch('head', head.hash, head.wheel!, distribution)
  return problem === null ? null : withHint(problem)
}

function missing(side: Side, { hash, commitDate, wheel, attempts }: SeenSide, now: Date): Problem | null {
  if (wheel !== null) return null
  const isYoung = now.getTime() - Date.parse(commitDate) < millisecondsInDay
  if (isYoung && attempts.some(({ rung }) => rung === 'wheel-index')) {
    return { reason: 'wheel-not-yet', side, message: `no wheel yet for a commit younger than a day: ${hash}` }
  }
  return { reason: 'wheel-missing', side, message: `no wheel source has ${hash}, places tried: ${attempts.length}` }
}

function notComparable(base: SeenWheel, head: SeenWheel): Problem | null {
  if (base.location === head.location || (base.fingerprint !== null && base.fingerprint === head.fingerprint)) {
    return { reason: 'same-wheel', side: null, message: `base and head have the same wheel: ${head.location}` }
  }
  if (base.rung === head.rung) return null
  return { reason: 'different-rungs', side: null, message: `base comes by ${base.rung}, head by: ${head.rung}` }
}

function mismatch(side: Side, hash: string, { name, version }: SeenWheel, distribution: string): Problem | null {
  if (name !== null && normalizeName(name) !== normalizeName(distribution)) {
    const message = `wanted the distribution ${distribution}, the wheel says: ${name}`
    return { reason: 'version-mismatch', side, message }
  }
  const named = version === null ? undefined : commitInVersion(version)
  if (named === undefined || hash.startsWith(named)) return null
  return { reason: 'version-mismatch', side, message: `wanted commit ${hash}, the version says: ${version}` }
}

/** The funnel: every commit is counted, and is either installable or lost at one step for one reason. */
export function preflightOf(details: readonly PreflightCommit[]): Preflight {
  const installable = details.filter(({ problem }) => problem === null).map(({ head }) => head!.rung!)
  let left = details.length
  return {
    schema_version: 1,
    commits: details.length,
    steps: steps.map((step) => {
      const reasons = details.flatMap(({ problem }) =>
        problem !== null && stepOf(problem) === step ? [problem.reason] : [],
      )
      left -= reasons.length
      return { step, commits: left, lost: counted(PreflightReason.options, reasons, 'reason') }
    }),
    rungs: counted([...new Set(installable)].toSorted(), installable, 'rung'),
    details: [...details],
  }
}

type Step = keyof typeof preflightSteps

const steps = Object.keys(preflightSteps) as Step[]

function stepOf({ reason, side }: PreflightProblem): Step {
  const possible = steps.filter((step) => (preflightSteps[step] as readonly PreflightReason[]).includes(reason))
  return possible.find((step) => step.startsWith(side ?? '')) ?? possible[0]!
}

/** Most frequent first; equally frequent ones in the order of `values`. */
function counted<Value extends string, Key extends string>(
  values: readonly Value[],
  found: readonly Value[],
  key: Key,
): ({ [Name in Key]: Value } & { commits: number })[] {
  return values
    .map((value) => ({ [key]: value, commits: found.filter((each) => each === value).length }))
    .filter(({ commits }) => commits > 0)
    .toSorted((a, b) => b.commits - a.commits) as ({ [Name in Key]: Value } & { commits: number })[]
}
