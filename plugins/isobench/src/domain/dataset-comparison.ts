import { z } from 'zod'
import { Verdict } from '../schema/measurement.ts'
import { canonicalJsonLine } from './canonical-json.ts'
import { code } from './card.ts'
import { count, counted, interval, signedShare } from './report/format.ts'
import { markdownTable } from './report/summary.ts'

const ComparedSide = z.object({ lock_sha256: z.string(), wheel_sha256: z.string() }).nullable()

/** What is read of a row to compare it with that of another version. */
export const ComparedRow = z.object({
  instance_id: z.string(),
  base_commit: z.string().nullable(),
  efficiency_test: z.string().nullable(),
  performance_improvement: z.number().nullable(),
  ci95: z.tuple([z.number(), z.number()]).nullable(),
  verdict: Verdict,
  reason: z.string().nullable(),
  environment: z.object({ base: ComparedSide, head: ComparedSide }),
  measurement: z.object({
    protocol: z.string().nullable(),
    profile: z.string().nullable(),
    sandbox: z.string().nullable(),
    fingerprint: z.unknown(),
  }),
  provenance: z.object({ tool: z.string() }),
})
export type ComparedRow = z.infer<typeof ComparedRow>

/** A commit in both versions. */
interface Pair {
  readonly before: ComparedRow
  readonly after: ComparedRow
}

/** What differs between two versions of a dataset. Rows stand in the order of their version. */
export interface DatasetComparison {
  readonly added: readonly ComparedRow[]
  readonly removed: readonly ComparedRow[]
  /** Another verdict */
  readonly flipped: readonly Pair[]
  /** The same verdict, and each estimate lies outside of the other's 95 % interval */
  readonly moved: readonly Pair[]
  readonly unchanged: number
}

/** Sets two versions side by side, commit by commit. */
export function compareRows(before: readonly ComparedRow[], after: readonly ComparedRow[]): DatasetComparison {
  const earlier = new Map(before.map((row) => [row.instance_id, row]))
  const now = new Set(after.map(({ instance_id: id }) => id))
  const pairs = after.flatMap((row): Pair[] => {
    const old = earlier.get(row.instance_id)
    return old === undefined ? [] : [{ before: old, after: row }]
  })
  const flipped = pairs.filter((pair) => pair.before.verdict !== pair.after.verdict)
  const moved = pairs.filter((pair) => pair.before.verdict === pair.after.verdict && hasMoved(pair))
  return {
    added: after.filter(({ instance_id: id }) => !earlier.has(id)),
    removed: before.filter(({ instance_id: id }) => !now.has(id)),
    flipped,
    moved,
    unchanged: pairs.length - flipped.length - moved.length,
  }
}

function hasMoved({ before, after }: Pair): boolean {
  return isOutside(after.performance_improvement, before.ci95) && isOutside(before.performance_improvement, after.ci95)
}

function isOutside(estimate: number | null, range: ComparedRow['ci95']): boolean {
  return estimate !== null && range !== null && (estimate < range[0] || estimate > range[1])
}

const settings: readonly (readonly [string, (row: ComparedRow) => unknown])[] = [
  ['base commit', (row) => row.base_commit],
  ['test', (row) => row.efficiency_test],
  ['wheels', ({ environment }) => [environment.base?.wheel_sha256, environment.head?.wheel_sha256]],
  ['dependencies', ({ environment }) => [environment.base?.lock_sha256, environment.head?.lock_sha256]],
  ['protocol', ({ measurement }) => measurement.protocol],
  ['profile', ({ measurement }) => measurement.profile],
  ['sandbox', ({ measurement }) => measurement.sandbox],
  ['machine', ({ measurement }) => measurement.fingerprint],
  ['tool', ({ provenance }) => provenance.tool],
]

/** What is not the same for the two rows and may explain why their effects differ. Wheels are part of the lock. */
export function explanations({ before, after }: Pair): string[] {
  const differ = settings.filter(([, of]) => canonicalJsonLine([of(before)]) !== canonicalJsonLine([of(after)]))
  const names = differ.map(([name]) => name)
  return names.includes('wheels') ? names.filter((name) => name !== 'dependencies') : names
}

/** The comparison in Markdown. `names` are the two versions as the reader named them. */
export function comparisonMarkdown(names: { before: string; after: string }, comparison: DatasetComparison): string {
  const { added, removed, flipped, moved, unchanged } = comparison
  const headings = ['commit', 'before', 'after', 'what else differs']
  return [
    `## ${code(names.before)} and ${code(names.after)}`,
    `${counted(added.length, 'row')} added, ${count(removed.length)} removed, ${counted(flipped.length, 'verdict')} flipped, ` +
      `${counted(moved.length, 'effect')} moved beyond both intervals, ${count(unchanged)} as before.`,
    block('Verdicts flipped', headings, flipped.map(pairRow)),
    block('Effects moved, the verdict is the same', headings, moved.map(pairRow)),
    block('Rows removed', ['commit', 'before'], removed.map(rowOf)),
    block('Rows added', ['commit', 'after'], added.map(rowOf)),
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n')
}

function block(title: string, headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `### ${title}\n\n${markdownTable(headings, rows)}`
}

function pairRow(pair: Pair): string[] {
  const why = explanations(pair)
  const { before, after } = pair
  return [code(after.instance_id), shown(before), shown(after), why.length === 0 ? 'nothing recorded' : why.join(', ')]
}

function rowOf(row: ComparedRow): string[] {
  return [code(row.instance_id), shown(row)]
}

function shown({ verdict, performance_improvement: effect, ci95, reason }: ComparedRow): string {
  if (effect === null) return reason === null ? verdict : `${verdict}: ${code(reason)}`
  return `${verdict} ${signedShare(effect)}${ci95 === null ? '' : ` (${interval(ci95)})`}`
}
