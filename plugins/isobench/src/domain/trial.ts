import type { ChangedFunction } from '../schema/analysis.ts'
import type { Run } from '../schema/run-bundle.ts'
import type { Diagnostic } from './test-rules.ts'

/**
 * What the trial runs say against a test: a run that failed, or one that never reached the change although changed
 * functions exist on its side. Nothing of the machine is in the text, so that the same failure asks the same repair.
 */
export function trialDiagnostics(runs: readonly Run[], functions: readonly ChangedFunction[]): Diagnostic[] {
  return runs.flatMap((run) => {
    if (run.result !== 'ok') return [failure(run)]
    const wanted = functions.filter((changed) => changed.module !== null && changed.sides.includes(run.side))
    if (run.reached === null || run.reached.length > 0 || wanted.length === 0) return []
    const names = wanted.slice(0, 20).map((changed) => `${changed.module}.${changed.name}`)
    const message = `on ${run.side} the test never reaches a changed function`
    return [{ rule: 'change-not-exercised', line: null, column: null, message, detail: `Changed: ${names.join(', ')}` }]
  })
}

function failure(run: Run): Diagnostic {
  const output = withoutMachine(run.stderr_tail ?? '').trimEnd()
  const lastLine = output.split('\n').at(-1)!.trim()
  const said = withoutMachine(run.message ?? '').split('\n')[0]!
  const message = [`on ${run.side}`, said, lastLine === said ? '' : lastLine].filter((part) => part !== '').join(': ')
  return { rule: run.result, line: null, column: null, message: message.slice(0, 500).toWellFormed(), detail: output }
}

/** The text less folders and addresses, which differ from machine to machine and from run to run. */
export function withoutMachine(text: string): string {
  return text
    .replace(/(?:\/[^\s"'`:,;()<>|]+){2,}/g, (path) => {
      const inside = /\/(?:site-packages|dist-packages|lib\/python3\.\d+)\/(.+)$/.exec(path)
      return inside?.[1] ?? path.split('/').at(-1)!
    })
    .replace(/\b0x[0-9a-f]{4,}\b/gi, '0x…')
}
