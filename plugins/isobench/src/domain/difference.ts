/** Far above what the last digits of a logarithm differ by between processors, far below what a figure is printed with. */
const tolerance = 1e-9

/**
 * Where two values that JSON can hold differ first, as a path such as `decision.ci95.0`; null where they are equal but
 * for the last digits of numbers. An undefined key is one that is not there.
 */
export function differenceOf(one: unknown, other: unknown, path = ''): string | null {
  if (typeof one === 'number' && typeof other === 'number') {
    return Math.abs(one - other) <= tolerance * Math.max(Math.abs(one), Math.abs(other)) ? null : path
  }
  if (!isObject(one) || !isObject(other)) return one === other ? null : path
  if (Array.isArray(one) !== Array.isArray(other)) return path
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const difference = differenceOf(one[key], other[key], path === '' ? key : `${path}.${key}`)
    if (difference !== null) return difference
  }
  return null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
