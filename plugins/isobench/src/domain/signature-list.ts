import type { Side } from '../schema/outcome.ts'

/** The lines of a name's signature on each side; null where the side has no such name. */
export type Signatures = Readonly<Record<Side, Readonly<Record<string, readonly string[] | null>>>>

/** The signatures for a prompt, one entry a name that at least one side has, in the order of the names. */
export function signatureEntries(names: readonly string[], { base, head }: Signatures): string[] {
  return names.flatMap((name) => {
    const [before, after] = [base[name] ?? null, head[name] ?? null]
    if (before === null && after === null) return []
    if (before?.join('\n') === after?.join('\n')) return [entry(`${name} (base and head)`, before!)]
    const one = before === null ? 'head only' : after === null ? 'base only' : undefined
    if (one !== undefined) return [entry(`${name} (${one})`, before ?? after!)]
    return [`${entry(`${name} (base)`, before!)}\n${entry(`${name} (head)`, after!)}`]
  })
}

function entry(title: string, lines: readonly string[]): string {
  return [`- ${title}`, ...lines.map((line) => `    ${line}`)].join('\n')
}
