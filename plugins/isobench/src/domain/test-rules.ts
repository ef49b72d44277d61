import type { PythonNode } from './python-tree.ts'
import { bannedNameFindings } from './test-rules/banned-names.ts'
import { contractFindings } from './test-rules/contract.ts'
import { fallbackFindings } from './test-rules/fallbacks.ts'
import { forgeryFindings } from './test-rules/forgeries.ts'
import { type Diagnostic, formatDiagnostic } from './test-rules/rules.ts'
import { type TestContext, readScript } from './test-rules/script.ts'
import { timedWorkFindings } from './test-rules/timed-work.ts'

export {
  type Diagnostic,
  type TestRule,
  allowedByComment,
  forRepair,
  formatDiagnostic,
  hintOf,
  testRules,
} from './test-rules/rules.ts'
export type { TestContext } from './test-rules/script.ts'

/**
 * Checks the contract of an efficiency test and what makes its figure worth anything: that it does the work of the
 * package on both sides, and leaves timing, output and the machine alone. Code that means to deceive can always hide
 * from this; the sandbox and the harness contain what it does then.
 * @param module the tree of the test
 * @returns what is wrong, from top to bottom; what has no line comes first
 */
export function checkTest(module: PythonNode, context: TestContext): Diagnostic[] {
  const script = readScript(module, context)
  const found = [
    ...contractFindings(script),
    ...bannedNameFindings(script),
    ...fallbackFindings(script),
    ...forgeryFindings(script),
    ...timedWorkFindings(script),
  ]
  const once = new Map(found.map((each) => [formatDiagnostic(each), each]))
  return [...once.values()].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}
