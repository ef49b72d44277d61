/**
 * Every rule that a test must keep, by its name in diagnostics, with what to do about a finding. The one table of them:
 * `docs/test-rules.md` is made from it.
 */
export const testRules = {
  syntax: 'write Python that the interpreter of the test can parse',
  'missing-function': 'define it at the top level of the module',
  'not-a-plain-function': 'use `def` without `yield`, and run coroutines to their end inside it',
  'wrong-parameters': 'use exactly the parameters of the contract',
  'redefined-function': 'define each function of the contract once',
  'star-import': 'import the names that are used',
  'package-not-imported': 'import the package and call it',
  'package-not-used': 'call the package in `experiment`, or objects of it that `setup` built',
  'no-work': 'do the work that the change makes faster inside `experiment`',
  'contract-line': 'leave it out: the harness times and prints',
  'main-block': 'leave it out: the tool appends it',
  'catch-all': 'let errors end the test, or catch the one exception that the workload is about',
  fallback: 'use names that exist on both sides, and let the test fail where one is missing',
  'version-branch': 'run the same code on both sides, whatever is installed',
  'device-fallback': 'name the device that the change needs, and let the test fail without it',
  mock: 'use the real package: imitations measure nothing',
  'copy-of-package': 'call the function of the package instead of a copy in the test',
  'monkey-patch': 'leave modules as they are',
  'self-report': 'return what was computed: the harness finds out by itself what ran and what changed',
  clock: 'leave time to the harness, and give a constant where an API wants a time',
  sleep: 'do real work instead of waiting',
  'built-in-experiment': 'build it in `setup` and use it in `experiment`',
  'lazy-result': 'return a finished result, such as a list',
  'remembered-result': 'do the same work in every call, and keep nothing from one call to the next',
  unseeded: 'give every source of random numbers a fixed seed',
  'harness-internals': 'use the package by its API, and leave interpreter and harness alone',
  'harness-streams': 'return results, and leave standard input and output to the harness',
  'early-exit': 'return, and raise an error where something is wrong',
  network: 'make the inputs in the test: there is no network',
  subprocess: 'do the work in this process',
  'dynamic-code': 'write the names and calls out',
  environment: 'pass settings as arguments',
  'host-file': 'use files in a temporary folder that the test makes',
  'import-path': 'import what is installed',
  arguments: 'write the workload down as constants',
  'undefined-name': 'define or import the name',
  'not-installed': 'use only what is installed on both sides, with the parameters that it has there',
  'only-on-base': 'use only what exists on both sides: head does not have this',
  'only-on-head': 'use only what exists on both sides: base does not have this',
} as const

/** Name of a rule of a test; answers and trials have further ones. */
export type TestRule = keyof typeof testRules

/** What is wrong with a test, in the terms of the one who must mend it. */
export interface Diagnostic {
  readonly rule: string
  /** 1-based; null where no line is at fault */
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  /** More text for the model, such as a traceback */
  readonly detail?: string
}

/** One line: position where there is one, rule, message. */
export function formatDiagnostic({ line, column, rule, message }: Diagnostic): string {
  return `${line === null ? '' : `${line}:${column ?? 1} `}${rule}: ${message}`
}

/** What to do about a finding, where the rule says it. */
export function hintOf({ rule }: Diagnostic): string | null {
  return Object.hasOwn(testRules, rule) ? testRules[rule as TestRule] : null
}

/** A finding for the one who repairs, as one line of JSON; further text, such as a traceback, comes below. */
export function forRepair(diagnostic: Diagnostic): string {
  const { line, column, rule, message, detail } = diagnostic
  const finding = JSON.stringify({ line, column, rule, message, hint: hintOf(diagnostic) })
  return detail === undefined || detail === '' ? finding : `${finding}\n${detail}`
}

/** Whether the line at fault says `# isobench: allow RULE`, which only a person who stands behind a test may write. */
export function allowedByComment({ line, rule }: Diagnostic, code: string): boolean {
  const [, allowed = ''] = /# isobench: allow ([a-z, -]+)$/.exec(code.split('\n')[(line ?? 0) - 1] ?? '') ?? []
  return allowed.split(/[ ,]+/).includes(rule)
}
