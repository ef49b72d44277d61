import type { Leak } from '../../schema/leak.ts'

/** The lines that a person reads: the verdict, then each finding with what it matches. */
export function leakLines({ project, leak }: { readonly project: string; readonly leak: Leak }): string[] {
  const { severity, copied_lines: copied, telling_lines: telling, findings } = leak
  const code = copied === 0 ? '' : `, ${copied} of ${telling} telling lines copied`
  return [
    `${project}: ${severity}${code}`,
    ...findings.map(
      (each) => `  line ${each.line}, ${each.rule} (${each.severity}): ${each.text}\n    ${each.matches}`,
    ),
  ]
}
