/**
 * Whether a Python version fits a version specifier such as `>=3.8,!=3.9.*,<4` (PEP 440, release segments only).
 * An empty specifier fits every version.
 * @param version e.g. `3.11.7`
 */
export function fitsPython(version: string, specifier: string): boolean {
  return specifier
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '')
    .every((clause) => fitsClause(release(version), clause))
}

/** `3.11` of `3.11.7`: what a wheel and its environments depend on. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

function fitsClause(version: readonly number[], clause: string): boolean {
  const match = /^(~=|===?|!=|<=|>=|<|>)\s*v?([0-9]+(?:\.[0-9]+)*)(\.\*)?/.exec(clause)
  if (match === null) return false
  const [, operator, text, wildcard] = match
  const wanted = release(text!)
  const order = compare(version, wanted)
  const within = (digits: number) => compare(version.slice(0, digits), wanted.slice(0, digits)) === 0
  if (operator === '==' || operator === '===') return wildcard === undefined ? order === 0 : within(wanted.length)
  if (operator === '!=') return wildcard === undefined ? order !== 0 : !within(wanted.length)
  if (operator === '~=') return order >= 0 && within(wanted.length - 1)
  if (operator === '<=') return order <= 0
  if (operator === '>=') return order >= 0
  return operator === '<' ? order < 0 : order > 0
}

function release(version: string): number[] {
  return /^[0-9.]*/.exec(version)![0].split('.').filter(Boolean).map(Number)
}

/** Negative, zero or positive; missing digits count as zero. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
