import { IsobenchError } from '../../errors.ts'

/** Where a walk begins or ends, as an option says it. */
export type Bound =
  | { readonly kind: 'none' }
  | { readonly kind: 'last' }
  /** RFC 3339 in UTC with seconds */
  | { readonly kind: 'date'; readonly instant: string }
  | { readonly kind: 'revision'; readonly name: string }

/**
 * Reads `--since` or `--until`: `last`, `all`, a day or an instant in UTC, else a hash, tag or branch. A day is meant
 * whole, so that it begins a walk with its first second and ends one with its last.
 * @throws IsobenchError `bad-input`
 */
export function readBound(option: 'since' | 'until', value: string | number | undefined): Bound {
  const text = String(value ?? '').trim()
  if (text === '') return { kind: option === 'since' ? 'last' : 'none' }
  if (option === 'since' && (text === 'last' || text === 'all')) return { kind: text === 'last' ? 'last' : 'none' }
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})Z)?$/.exec(text) ?? []
  if (day === undefined) return { kind: 'revision', name: text }
  const instant = `${day}T${time ?? (option === 'since' ? '00:00:00' : '23:59:59')}Z`
  const date = new Date(instant)
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)) return { kind: 'date', instant }
  throw new IsobenchError('bad-input', `no such day at \`--${option}\`: ${text}`, {
    hint: 'a date is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, in UTC',
  })
}
