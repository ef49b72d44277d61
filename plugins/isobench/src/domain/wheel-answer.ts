/**
 * Why a wheel that a source has is not taken. `machine`: another machine could use it. `python`: the settings want
 * another Python. `mismatch`: it is not what was asked for. `invalid`: it must not be installed.
 */
type Objection = 'machine' | 'python' | 'mismatch' | 'invalid'

const openings: Readonly<Record<Objection, string>> = {
  machine: 'not for this machine: ',
  python: 'not for this Python: ',
  mismatch: 'mismatch: ',
  invalid: 'refused: ',
}

/** The answer of an attempt that found a wheel and did not take it. */
export function objection(kind: Objection, why: string): string {
  return `${openings[kind]}${why}`
}

/** What the first of several answers says that objects for this reason; undefined when none does. */
export function firstObjection(kind: Objection, answers: readonly string[]): string | undefined {
  return answers.find((answer) => answer.startsWith(openings[kind]))?.slice(openings[kind].length)
}
