import type { WheelAttempt } from '../schema/environment.ts'
import { type Outcome, hints } from '../schema/outcome.ts'
import { type Preflight, type PreflightCommit, type PreflightProblem, PreflightReason } from '../schema/preflight.ts'

/** A wheel as far as it shows without fetching it. */
export interface SeenWheel {
  readonly rung: WheelAttempt['rung']
  readonly location: string
  /** Equal in equal wheels; null where it does not show */
  readonly fingerprint: string | null
}

/** The problem that an outcome tells, with what an edit could change. */
export function problemOf(outcome: Outcome): PreflightProblem {
  const { reason, side, message } = outcome
  return { reason: reason!, side, message: message!, hint: hints[reason!] }
}

/** Why two wheels cannot be compared, as far as it shows; null when nothing speaks against it. */
export function notComparable(base: SeenWheel, head: SeenWheel): PreflightProblem | null {
  const isSame = base.fingerprint !== null && base.fingerprint === head.fingerprint
  if (base.location === head.location || isSame) {
    const message = `base and head have the same wheel, base has it from ${base.location}, head from: ${head.location}`
    return { reason: 'same-wheel', side: null, message, hint: hints['same-wheel'] }
  }
  if (base.rung === head.rung) return null
  return {
    reason: 'different-rungs',
    side: null,
    message: `base comes by ${base.rung}, head by: ${head.rung}`,
    hint: 'They would be installed and measured, but not compared: add a rung to `wheels` in `repository.yaml` that has both.',
  }
}

/** The funnel: every commit is counted, and is either installable or lost at one step for one reason. */
export function preflightOf(details: readonly PreflightCommit[]): Preflight {
  const installable = details.filter(({ problem }) => problem === null).map(({ head }) => head!.rung!)
  let left = details.length
  return {
    schema_version: 1,
    commits: details.length,
    steps: steps.map((step) => {
      const reasons = details.flatMap((commit) => (lostAt(commit) === step ? [commit.problem!.reason] : []))
      left -= reasons.length
      const lost = counts(PreflightReason.options, reasons).map(([reason, commits]) => ({ reason, commits }))
      return { step, commits: left, lost }
    }),
    rungs: counts([...new Set(installable)].toSorted(), installable).map(([rung, commits]) => ({ rung, commits })),
    details: [...details],
  }
}

const steps = ['known', 'base found', 'head found', 'same rung', 'installable'] as const

function lostAt({ base, problem }: PreflightCommit): (typeof steps)[number] | null {
  if (problem === null) return null
  if (base === null) return 'known'
  if (problem.side !== null) return `${problem.side} found`
  return problem.reason === 'different-rungs' ? 'same rung' : 'installable'
}

/** How often each value comes up, most frequent first; equally frequent ones in the order of `values`. */
function counts<Value extends string>(values: readonly Value[], found: readonly Value[]): [Value, number][] {
  return values
    .map((value): [Value, number] => [value, found.filter((each) => each === value).length])
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
}
