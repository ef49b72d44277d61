import { z } from 'zod'

/**
 * Why a stage has no usable result, where neither a retry nor an edit of the settings would change that.
 * The one table of reasons: `docs/outcomes.md` and the funnel are made from it.
 */
export const reasons = {
  'not-a-candidate': 'The commit is no performance change that can be measured here (see `flags`).',
  'no-base': 'The commit has no parent, so there is nothing to compare it with.',
  'wheel-missing': 'No wheel source has a wheel for this commit; every URL tried is listed.',
  'wheel-invalid':
    'The wheel of this commit must not be installed: damaged, with another digest than announced, or made to write elsewhere.',
  'wheel-incompatible': 'The wheels of this commit are for other Pythons than the one that the settings want.',
  'version-mismatch': 'What a source has or what was installed is not what was asked for; both values are given.',
  'same-wheel': 'Base and head resolve to the same wheel, so there is nothing to compare.',
  'dependencies-unresolvable': 'The dependencies have no solution, or one of them cannot be had any more.',
  'dependency-incompatible': 'What is installed does not work together: a dependency is too new, too old or empty.',
  'binary-incompatible': 'A compiled extension does not load: it was built for another torch, CUDA or library.',
  'build-failed': 'The wheel does not build from the source at this commit.',
  'test-missing': 'No reviewed test stands beside the commit and no model is configured.',
  'test-invalid': 'No valid efficiency test came out of the allowed attempts.',
  'budget-spent': 'The tokens or the money allowed for this commit do not suffice for the next model call.',
  'one-sided-api': 'Every version of the test needed something that is installed on the other side only.',
  'model-refused': 'The model refused to write the test.',
  'test-crashed': 'The test ended with an error on the side named.',
  'timed-out': 'The test ran past its time limit on the side named.',
  'out-of-memory': 'The test ran out of memory on the side named.',
  'contract-violated': 'The test broke the output contract, so its time cannot be trusted.',
  'output-differs': 'Base and head compute different results.',
  'change-not-exercised': 'The test never reaches the functions that the commit changed.',
  'host-unstable': 'The machine was too unstable to measure on.',
} as const

/** What an edit could change where a commit was lost for a reason; null where nothing could. */
export const hints: Readonly<Record<keyof typeof reasons, string | null>> = {
  'not-a-candidate': null,
  'no-base': 'Name a `base` in `commit.yaml`.',
  'wheel-missing': 'Add a rung to `wheels` in `repository.yaml`: `ancestor-overlay`, `release` or `build`.',
  'wheel-invalid': 'Tell the host of the wheel, or add another rung to `wheels` in `repository.yaml`.',
  'wheel-incompatible': 'Set `python` in `commit.yaml` or `repository.yaml` to one that the wheels are for.',
  'version-mismatch': 'Compare `package`, `wheels` and `versions` in `repository.yaml` with what the source has.',
  'same-wheel': 'Check that `base` and `head` differ in the package, and that no two commits have one release.',
  'dependencies-unresolvable':
    'Raise `dependency_slack_days`, pin what is missing in `dependencies` of `repository.yaml`, or name the `torch_backend` that a torch such as `2.9.1+cpu` is for.',
  'build-failed': 'Try another `python`, or put a rung with ready wheels before `build`.',
  'dependency-incompatible': 'Pin the dependency that the message names in `dependencies` of `repository.yaml`.',
  'binary-incompatible': 'Choose the `variant` of the wheels and the torch of one CUDA, and never override torch.',
  'test-missing': 'Put an `efficiency_test.py` beside `commit.yaml`, or name a model in `generation.yaml`.',
  'test-invalid': 'Raise `max_calls`, try another model, or write the test yourself.',
  'budget-spent': 'Raise `max_tokens` or `max_usd` in `generation.yaml`, or take a cheaper model.',
  'one-sided-api': 'Write a workload on what both sides have: a change that only adds an API cannot be compared.',
  'model-refused': 'Try another model, or write the test yourself.',
  'test-crashed': 'Read `stderr_tail` in `runs.jsonl`; a reviewed test can be edited.',
  'timed-out': 'Raise `timeout_seconds`; a server that never answers is better driven through the offline API.',
  'out-of-memory': 'Raise `memory_bytes`, or make the workload smaller.',
  'contract-violated': 'A reviewed test can be edited; docs/efficiency-test.md has the contract.',
  'output-differs': null,
  'change-not-exercised': 'Write a workload that reaches the changed functions.',
  'host-unstable': 'Measure again on a quiet machine: raise `session` in `measurement.yaml`.',
}

/** One reason of the table above. */
export const Reason = z.enum(Object.keys(reasons) as [keyof typeof reasons, ...(keyof typeof reasons)[]])
export type Reason = z.infer<typeof Reason>

/** The two sides of a comparison. */
export const Side = z.enum(['base', 'head'])
export type Side = z.infer<typeof Side>

/**
 * How a stage ended. `failed`: this stage found the reason. `skipped`: an earlier stage did, `reason` is its reason.
 * These are successful tasks and stay in the denominator.
 */
export const Outcome = z
  .object({
    status: z.enum(['ok', 'failed', 'skipped']).describe('`ok`, or why there is no result'),
    reason: Reason.nullable().describe('null when `status` is `ok`'),
    side: Side.nullable().describe('the side at fault, where one is'),
    message: z.string().max(4000).nullable().describe('one line for a person: what and where'),
  })
  .describe('How a stage ended')
export type Outcome = z.infer<typeof Outcome>

/** The outcome of a stage that has its result. */
export const ok: Outcome = { status: 'ok', reason: null, side: null, message: null }

/** The outcome of a stage that found why there is no result. */
export function failed(reason: Reason, message: string, side: Side | null = null): Outcome {
  return { status: 'failed', reason, side, message: message.slice(0, 4000) }
}

/** The outcome of a stage that follows one without a result. */
export function skipped(earlier: Outcome): Outcome {
  return { ...earlier, status: 'skipped' }
}
