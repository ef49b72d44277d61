import { IsobenchError } from '../errors.ts'

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * JSON with one spelling for one value: keys in code-unit order, two spaces, a newline at the end.
 * Equal values give equal bytes, which is what lets Nx stop a rerun early.
 * @throws IsobenchError `corrupt-artifact` for NaN and Infinity, which JSON cannot hold
 */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(value, '$'), null, 2)}\n`
}

/** The same on one line without a newline: for lines of a `.jsonl` file and for digests. */
export function canonicalJsonLine(value: unknown): string {
  return JSON.stringify(sorted(value, '$'))
}

function sorted(value: unknown, path: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new IsobenchError('corrupt-artifact', `not a finite number at \`${path}\`: ${value}`)
  }
  if (Array.isArray(value)) return value.map((item, index) => sorted(item, `${path}[${index}]`))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item, `${path}.${key}`)]),
  )
}
