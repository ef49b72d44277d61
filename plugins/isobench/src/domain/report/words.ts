import type { CommitRecord } from '../../schema/record.ts'
import type { Decision, MeasurementFlag, Verdict } from '../../schema/measurement.ts'
import type { ExclusionReason } from '../../schema/run-bundle.ts'
import { counted, probability, unsigned } from './format.ts'

/** A sign for each verdict beside its colour, and the shape that stands for it in charts. */
export const verdictSigns: Record<Verdict, string> = {
  improved: '▲',
  regressed: '▼',
  'no-change': '=',
  inconclusive: '?',
  unmeasured: '×',
}

export const flagWords: Record<MeasurementFlag, string> = {
  'low-power': 'The effect is smaller than what these pairs can find reliably, so it may be overstated.',
  'single-shot': 'A process timed one call only, because a call takes long.',
  'host-unstable': 'The machine was restless beside the measurement.',
  'many-exclusions': 'Many pairs were excluded.',
  'not-comparable': 'The wheels of the two sides did not come from the same kind of source.',
  unsandboxed: 'The test ran without a sandbox.',
  'host-dependencies': 'Everything but the measured package came from the machine that measured.',
  'no-digest': 'The test gives no digest, so equal output was not checked.',
  'coverage-unknown': 'Whether the test runs the changed functions was not observed.',
}

export const exclusionWords: Record<ExclusionReason, string> = {
  throttled: 'The device lowered its clocks.',
  'foreign-process': 'Another program computed on the device.',
  'clock-drop': 'The clock was far below the highest of the session.',
}

export const stoppedWords: Record<NonNullable<Decision['stopped_by']>, string> = {
  decision: 'the rule decided',
  equivalence: 'the interval lay within the margin that counts as no change',
  futility: 'with this noise further pairs could hardly have decided anything',
  pairs: 'all pairs of the profile had been run',
  budget: 'the time budget was used up',
  exclusions: 'too many pairs had to be excluded',
  failure: 'a process failed',
}

/** The verdict in one sentence, as far as its figures are there. */
export function verdictSentence(record: CommitRecord): string {
  const { verdict, performance_improvement: effect, ci95, measurement } = record
  const pairs = counted(measurement.pairs, 'pair')
  if (verdict === 'unmeasured') return `There is no measurement: the commit was lost at \`${record.stage}\`.`
  if (effect === null) return `Measured with ${pairs}, without an estimate.`
  const range = ci95 === null ? '' : ` (95 % interval: ${rangeWords(ci95)})`
  const p = record.p_value === null ? '' : `, p = ${probability(record.p_value)}`
  const size = `${unsigned(effect)} ${direction(effect)} time than base${range}${p}, from ${pairs}`
  if (verdict === 'improved' || verdict === 'regressed') return `Head takes ${size}.`
  if (verdict === 'no-change') return `No change that counts: the estimate is ${size}.`
  return `Nothing can be concluded: the estimate is ${size}.`
}

function rangeWords([low, high]: readonly [number, number]): string {
  if (low < 0 && high > 0) return `${unsigned(low)} more to ${unsigned(high)} less`
  const [near, far] = [low, high].map(Math.abs).toSorted((a, b) => a - b)
  return `${unsigned(near!)} to ${unsigned(far!)} ${direction(low + high)}`
}

function direction(improvement: number): string {
  return improvement < 0 ? 'more' : 'less'
}

/** Why a verdict is `inconclusive`, one sentence a reason. */
export function whyInconclusive({ ci95, measurement }: CommitRecord): string[] {
  const { minimum_detectable_effect: detectable, stopped_by: stopped, pairs } = measurement
  return [
    ci95 === null ? 'There are too few pairs for an interval.' : whatIntervalHolds(ci95),
    stopped === null ? '' : `Measuring ended because ${stoppedWords[stopped]}.`,
    detectable === null
      ? ''
      : `An effect of ${unsigned(detectable)} or more would have been found with a chance of 80 % by ${counted(pairs, 'pair')}; a smaller one may be there.`,
  ].filter((sentence) => sentence !== '')
}

function whatIntervalHolds([low, high]: readonly [number, number]): string {
  return low <= 0 && high >= 0
    ? 'The interval holds zero: head may be faster, slower, or neither.'
    : 'The interval leaves zero out, but the test did not reject at the level set in advance, or the effect is below the smallest that counts.'
}
