import { sha256 } from '../domain/digest.ts'
import { findLeaks } from '../domain/leak/leak.ts'
import { environmentSection, figures, generationSection, measurementSection } from '../domain/record-sections.ts'
import { IsobenchError } from '../errors.ts'
import type { Analysis } from '../schema/analysis.ts'
import type { Commit } from '../schema/commit.ts'
import type { Environment } from '../schema/environment.ts'
import type { Generation } from '../schema/generation.ts'
import type { Measurement } from '../schema/measurement.ts'
import type { Outcome } from '../schema/outcome.ts'
import { CommitRecord } from '../schema/record.ts'
import type { Repository } from '../schema/repository.ts'

/** Everything that is known of one commit. */
export interface AssembleInput {
  readonly instanceId: string
  readonly repository: { readonly name: string; readonly settings: Repository }
  readonly commit: Commit
  readonly analysis: Analysis
  readonly environment: Environment
  readonly generation: Generation
  readonly measurement: Measurement
  /** Text of `efficiency_test.py`, or null when there is none. */
  readonly test: string | null
  /** SHA-256 of the files that hold the four artifacts. */
  readonly digests: {
    readonly analysis: string
    readonly environment: string
    readonly generation: string
    readonly measurement: string
  }
  /** Name and version of this tool, e.g. `nx-isobench 0.1.0`. */
  readonly tool: string
}

/**
 * Puts the artifacts of a commit into its one record. There always is one: a commit that was lost on the way has the
 * verdict `unmeasured`, with the first stage that gave no result and its reason.
 * @throws IsobenchError `corrupt-artifact` when the artifacts contradict each other
 */
export function assemble(input: AssembleInput): CommitRecord {
  const { instanceId, repository, commit, analysis, test } = input
  const record = {
    schema_version: 1,
    instance_id: instanceId,
    repository: repository.name,
    repository_url: repository.settings.url ?? null,
    repository_license: repository.settings.license ?? null,
    base_commit: analysis.base_commit,
    head_commit: analysis.head_commit,
    commit_subject: analysis.subject,
    commit_message: analysis.message,
    commit_date: analysis.commit_date,
    claim: commit.claim ?? null,
    notes: commit.notes ?? null,
    task: commit.task ?? null,
    task_leak: commit.task === undefined ? null : findLeaks(commit.task, analysis),
    expected_verdict: commit.expect ?? null,
    change_class: analysis.change_class,
    candidate_flags: analysis.flags,
    files_changed: analysis.files.map((file) => file.path),
    affected_apis: analysis.affected_apis,
    efficiency_test: test,
    ...resultKeys(input),
    generation_config: generationSection(input.generation),
    environment: environmentSection(input.environment, input.measurement.installed),
    measurement: measurementSection(input.measurement),
    provenance: {
      tool: input.tool,
      analysis_sha256: input.digests.analysis,
      environment_sha256: input.digests.environment,
      generation_sha256: input.digests.generation,
      measurement_sha256: input.digests.measurement,
      runs_sha256: input.measurement.runs_sha256,
    },
  }
  return checked(record, input)
}

type ResultKeys = ReturnType<typeof figures> &
  Pick<CommitRecord, 'test_passed' | 'stage' | 'reason' | 'reason_side' | 'reason_message'>

/** The verdict with its figures, or why there is none. */
function resultKeys(input: AssembleInput): ResultKeys {
  const lost = firstLoss(input)
  return {
    ...figures(input.measurement, lost === undefined),
    test_passed: testPassed(input.measurement),
    stage: lost?.stage ?? null,
    reason: lost?.outcome.reason ?? null,
    reason_side: lost?.outcome.side ?? null,
    reason_message: lost?.outcome.message ?? null,
  }
}

function firstLoss(input: AssembleInput): { stage: NonNullable<CommitRecord['stage']>; outcome: Outcome } | undefined {
  const outcomes = [
    { stage: 'analyze', outcome: input.analysis.outcome },
    { stage: 'install-wheel', outcome: input.environment.outcome },
    { stage: 'generate-test', outcome: input.generation.outcome },
    { stage: 'run-gpu', outcome: input.measurement.outcome },
  ] as const
  return outcomes.find(({ outcome }) => outcome.status !== 'ok')
}

/** Whether the test ran to its end on both sides, with output that does not differ where it could be compared. */
function testPassed({ outcome, samples, digest }: Measurement): boolean {
  const ranToItsEnd =
    outcome.status === 'ok' || outcome.reason === 'host-unstable' || outcome.reason === 'change-not-exercised'
  return ranToItsEnd && samples.base.length > 0 && samples.head.length > 0 && digest !== 'mismatch'
}

/** Refuses artifacts that are not of one commit or contradict each other: Nx restores a damaged cache without a word. */
function checked(
  record: unknown,
  { instanceId, repository, commit, analysis, generation, test }: AssembleInput,
): CommitRecord {
  if (analysis.repository !== repository.name || analysis.head_commit !== commit.head) {
    throw corrupt(`analysis of another commit at ${instanceId}: ${analysis.repository} ${analysis.head_commit}`)
  }
  if (generation.test_sha256 !== (test === null ? null : sha256(test))) {
    throw corrupt(`efficiency_test.py is not the one that generation.json names: ${instanceId}`)
  }
  const result = CommitRecord.safeParse(wellFormed(record))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw corrupt(`artifacts make no record: \`${issue!.path.join('.')}\` of ${instanceId}: ${issue!.message}`)
}

function corrupt(message: string): IsobenchError {
  return new IsobenchError('corrupt-artifact', message, { hint: 'run `npx nx reset` and then the target again' })
}

/** Text that was cut in the middle of a character has half a surrogate pair left, which no UTF-8 file can hold. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wellFormed(item)]))
}
