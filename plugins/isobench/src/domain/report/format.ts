const minus = '−'

/** A share of base with its sign, e.g. `+14.0 %`; two decimals below 1 %. */
export function signedShare(share: number): string {
  const text = unsigned(share)
  if (/^[0.]+ %$/.test(text)) return text
  return `${share < 0 ? minus : '+'}${text}`
}

/** The same without decimals that say nothing, for an axis: `+14 %`. */
export function tickShare(share: number): string {
  return signedShare(share).replace(/\.0+ %$/, ' %')
}

/** A share without its sign, e.g. `14.0 %`; two decimals below 1 %. */
export function unsigned(share: number): string {
  const percent = Math.abs(100 * share)
  if (percent === 0) return '0 %'
  return `${grouped(percent.toFixed(percent < 0.995 ? 2 : 1))} %`
}

/** An interval of shares, e.g. `+12.1 % to +16.0 %`. */
export function interval([low, high]: readonly [number, number]): string {
  return `${signedShare(low)} to ${signedShare(high)}`
}

/** A p value with two significant digits. */
export function probability(p: number): string {
  return p >= 0.0001 || p === 0 ? String(Number(p.toPrecision(2))) : p.toExponential(1).replace('-', minus)
}

const timeUnits = [
  { unit: 's', seconds: 1 },
  { unit: 'ms', seconds: 1e-3 },
  { unit: 'µs', seconds: 1e-6 },
  { unit: 'ns', seconds: 1e-9 },
]

/** The unit in which a time of so many seconds reads best. */
export function timeUnit(seconds: number): { unit: string; seconds: number } {
  return timeUnits.find((each) => seconds >= each.seconds) ?? timeUnits.at(-1)!
}

/** A time with four significant digits, e.g. `50.03 ms`. */
export function time(seconds: number): string {
  const { unit, seconds: size } = timeUnit(seconds)
  return `${significant(seconds / size)} ${unit}`
}

/** Seconds that add up, e.g. `1,234.5 s`. */
export function totalSeconds(seconds: number): string {
  return `${grouped(seconds.toFixed(1))} s`
}

/** A count with commas, e.g. `12,345`. */
export function count(value: number): string {
  return grouped(String(value))
}

/** A count with its noun, e.g. `1 pair` and `8 pairs`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** Memory, e.g. `18.4 MiB`. */
export function memory(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

/** US dollars with four decimals. */
export function dollars(value: number): string {
  return `${value.toFixed(4)} USD`
}

/** A value of any size with four significant digits. */
export function significant(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(3)
  return grouped(size >= 1000 ? String(Math.round(value)) : value.toPrecision(4))
}

/** The day of an instant. */
export function day(instant: string): string {
  return instant.slice(0, 10)
}

/** At most so many characters; what is cut off is marked. */
export function shortened(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters - 1).trimEnd()}…` : text
}

function grouped(digits: string): string {
  const [whole = '', fraction] = digits.split('.')
  const groups = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? groups : `${groups}.${fraction}`
}
