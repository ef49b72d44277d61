import { IsobenchError } from '../errors.ts'
import { CommitRecord } from '../schema/record.ts'

/** A record as it was read: it, or a part of it, or what is wrong with it. */
export interface ReadRecord<Kept = CommitRecord> {
  readonly instanceId: string
  readonly record?: Kept
  readonly problem?: string
}

type RecordKey = Pick<CommitRecord, 'instance_id' | 'repository' | 'base_commit' | 'head_commit' | 'commit_date'>

const shownIssues = 10

/**
 * Puts the records of a dataset into its order: by commit date, then id, so that new commits come last and a push sends
 * only them.
 * @throws IsobenchError that lists every problem of every record: `corrupt-artifact` when a record itself is unusable,
 *   `bad-input` when only their combination is
 */
export function inOrder<Kept extends RecordKey>(read: readonly ReadRecord<Kept>[]): Kept[] {
  const unusable = read.flatMap(({ instanceId, problem }) =>
    problem === undefined ? [] : [`${instanceId}: ${problem}`],
  )
  const records = read.flatMap(({ record }) => (record === undefined ? [] : [record]))
  const problems = [...unusable, ...duplicates(records)]
  if (problems.length > 0) throw refusal(problems, unusable.length > 0)
  return records.toSorted(compareRecords)
}

/** Reads the text of a `record.json`. What is wrong with it is said and not thrown, so that all records can be told of. */
export function readRecord(instanceId: string, text: string): ReadRecord {
  return { instanceId, ...parseRecord(instanceId, text) }
}

function parseRecord(instanceId: string, text: string): { record?: CommitRecord; problem?: string } {
  const parsed = parseJson(text)
  if ('problem' in parsed) return parsed
  const version = (parsed.value as { schema_version?: unknown } | null)?.schema_version
  if (version !== 1) {
    return {
      problem: `schema_version is ${version === undefined ? 'missing' : JSON.stringify(version)}, and 1 is read here`,
    }
  }
  const result = CommitRecord.safeParse(parsed.value)
  if (!result.success) return { problem: listed(result.error.issues.map(issueText)) }
  if (result.data.instance_id !== instanceId) {
    return { problem: `it says to be another commit: ${result.data.instance_id}` }
  }
  return isWellFormed(result.data)
    ? { record: result.data }
    : { problem: 'text with half a surrogate pair, which UTF-8 lacks' }
}

function parseJson(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    const words = new Set(text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"/gs, '').match(/-?\b(?:NaN|Infinity)\b/g))
    if (words.size > 0) return { problem: `not JSON, which has no word for ${[...words].join(' and ')}` }
    return { problem: `not JSON: ${(error as Error).message.split('\n')[0]}` }
  }
}

function issueText(issue: { path: PropertyKey[]; message: string }): string {
  return issue.path.length === 0 ? issue.message : `\`${issue.path.join('.')}\`: ${issue.message}`
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  return value === null || typeof value !== 'object' || Object.values(value).every(isWellFormed)
}

/** One row a commit, and one row a comparison: a second one would count it twice. */
function duplicates(records: readonly RecordKey[]): string[] {
  const ids = Map.groupBy(records, (record) => record.instance_id)
  const comparisons = Map.groupBy(
    [...ids.values()].map((sameId) => sameId[0]!),
    (record) => `${record.repository} ${record.base_commit ?? 'nothing'}..${record.head_commit}`,
  )
  return [
    ...[...ids]
      .filter(([, same]) => same.length > 1)
      .map(([id, same]) => `${id}: ${same.length} records of this commit`),
    ...[...comparisons]
      .filter(([, same]) => same.length > 1)
      .map(
        ([key, same]) =>
          `${same
            .map((record) => record.instance_id)
            .toSorted()
            .join(', ')}: one comparison: ${key}`,
      ),
  ]
}

function refusal(problems: readonly string[], unusable: boolean): IsobenchError {
  const [first, ...others] = problems
  const message =
    others.length === 0
      ? `record cannot be used: ${first}`
      : `${problems.length} problems with the records:\n${indented(problems)}`
  return unusable
    ? new IsobenchError('corrupt-artifact', message, { hint: 'build the record again: npx nx run <commit>:assemble' })
    : new IsobenchError('bad-input', message, { hint: 'name each commit once in dataset.yaml' })
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}

function listed(issues: readonly string[]): string {
  const more = issues.length - shownIssues
  return issues.slice(0, shownIssues).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

function compareRecords(a: RecordKey, b: RecordKey): number {
  return compareText(a.commit_date, b.commit_date) || compareText(a.instance_id, b.instance_id)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
