import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PythonNode } from '../domain/python-tree.ts'
import type { Diagnostic } from '../domain/test-rules.ts'
import type { EditedText } from '../domain/text-edits.ts'
import { type TypeFinding, type TypeMessage, isUnion, typeDiagnostics, typeFindings } from '../domain/type-findings.ts'
import { typedCopy } from '../domain/typed-copy.ts'
import { IsobenchError } from '../errors.ts'
import type { Side } from '../schema/outcome.ts'
import type { Interpreters } from '../schema/run-bundle.ts'
import { sitePackagesOf } from './environment-layout.ts'
import { cleanEnvironment, run } from './process.ts'

/** A test and its tree. */
export interface ReadTest {
  readonly code: string
  readonly tree: PythonNode
}

/** Says what of a test is not installed, without running anything of the test or of what is installed. */
export interface TypeChecker {
  /** @returns the findings of each test, in the order of the tests */
  check(tests: readonly ReadTest[]): Promise<Diagnostic[][]>
}

/** Where one side is installed. */
interface Installed {
  readonly sitePackages: string
  /** e.g. `3.11` */
  readonly python: string
  /** Names that can be imported from there */
  readonly names: ReadonlySet<string>
}

type Place = Side | 'anything'

const require = createRequire(import.meta.url)
const timeoutSeconds = 300
const rules = [
  'reportMissingImports',
  'reportMissingModuleSource',
  'reportAttributeAccessIssue',
  'reportCallIssue',
  'reportUndefinedVariable',
]

/**
 * Checks tests with pyright against what is installed on both sides, in one process. Where a message depends on a type,
 * it is asked a second time: what the type is, and whether the message stays when the measured package is taken for
 * something about which nothing is known. A message about one of several types, or about another package, is dropped.
 * @param interpreters gives the environments when they are first needed
 */
export function typeChecker(interpreters: () => Promise<Interpreters>, packageImport: string): TypeChecker {
  return {
    async check(tests) {
      const { base, head } = await interpreters()
      const sides = { base: await installedAt(base), head: await installedAt(head) }
      const folder = await mkdtemp(join(tmpdir(), 'isobench-types-'))
      try {
        const first = await ask(
          folder,
          sides,
          packageImport,
          ['base', 'head'],
          tests.map(({ code, tree }) => typedCopy(code, tree)),
        )
        const findings = tests.map(({ tree }, index) => ({
          base: typeFindings(first.base[index]!, tree, packageImport, sides.base.names),
          head: typeFindings(first.head[index]!, tree, packageImport, sides.head.names),
        }))
        return await believed(tests, findings, (copies) =>
          ask(folder, sides, packageImport, ['base', 'head', 'anything'], copies),
        )
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

type Answers = Readonly<Record<Place, readonly (readonly TypeMessage[])[]>>

async function believed(
  tests: readonly ReadTest[],
  findings: readonly Readonly<Record<Side, readonly TypeFinding[]>>[],
  askAgain: (copies: readonly EditedText[]) => Promise<Answers>,
): Promise<Diagnostic[][]> {
  const doubtful = findings.map(({ base, head }) => [...base, ...head].flatMap(({ about }) => about ?? []))
  if (doubtful.every((each) => each.length === 0)) return findings.map(typeDiagnostics)
  const again = await askAgain(
    tests.map(({ code, tree }, index) => typedCopy(code, tree, [...new Set(doubtful[index])])),
  )
  return findings.map((found, index) => {
    const isTrue = (side: Side) => (finding: TypeFinding) => {
      if (finding.about === null) return true
      const type = typeOf(again[side][index]!, finding.about)
      const stays = again.anything[index]!.some(
        (other) => samePlace(other, finding) && other.message.startsWith(finding.message),
      )
      return type !== undefined && !isUnion(type) && !stays
    }
    return typeDiagnostics({ base: found.base.filter(isTrue('base')), head: found.head.filter(isTrue('head')) })
  })
}

function typeOf(messages: readonly TypeMessage[], { line, column }: PythonNode): string | undefined {
  const revealed = messages.find(
    (each) => each.message.startsWith('Type of ') && each.line === line && each.column === column,
  )
  return /^Type of ".*" is "(.*)"$/s.exec(revealed?.message ?? '')?.[1]
}

function samePlace(a: TypeMessage, b: TypeMessage): boolean {
  return a.line === b.line && a.column === b.column
}

/** Runs pyright over one copy of each test a place. */
async function ask(
  folder: string,
  sides: Readonly<Record<Side, Installed>>,
  packageImport: string,
  places: readonly Place[],
  copies: readonly EditedText[],
): Promise<Answers> {
  const stub = join(folder, 'stub', ...packageImport.split('.'))
  await Promise.all(
    [stub, join(folder, 'none/lib/python3.0/site-packages'), ...places.map((place) => join(folder, place))].map(
      (path) => mkdir(path, { recursive: true }),
    ),
  )
  await writeFile(join(stub, '__init__.pyi'), 'from typing import Any\ndef __getattr__(name: str) -> Any: ...\n')
  await Promise.all(
    places.flatMap((place) =>
      copies.map(({ text }, index) => writeFile(join(folder, place, `test_${index}.py`), text)),
    ),
  )
  const paths: Record<Place, string[]> = {
    base: [sides.base.sitePackages],
    head: [sides.head.sitePackages],
    anything: [join(folder, 'stub'), sides.head.sitePackages],
  }
  const configuration = {
    include: places,
    typeCheckingMode: 'off',
    ...Object.fromEntries(rules.map((rule) => [rule, 'error'])),
    pythonVersion: sides.head.python,
    pythonPlatform: 'Linux',
    venvPath: folder,
    venv: 'none',
    // What is installed gets an environment of its own each: its files import each other, and belong to none otherwise.
    executionEnvironments: [
      ...places.map((place) => ({ root: place, extraPaths: paths[place] })),
      { root: sides.base.sitePackages, pythonVersion: sides.base.python },
      { root: sides.head.sitePackages, pythonVersion: sides.head.python },
    ],
  }
  await writeFile(join(folder, 'pyrightconfig.json'), JSON.stringify(configuration))
  const messages = await runPyright(folder)
  const of = (place: Place) =>
    copies.map((copy, index) =>
      messages
        .filter(({ file }) => file === join(folder, place, `test_${index}.py`))
        .map(({ message, range: { start } }) => {
          const { line, column } = copy.original(start.line + 1, start.character + 1)
          return { message, line, column }
        }),
    )
  return { base: of('base'), head: of('head'), anything: of('anything') }
}

interface PyrightMessage {
  readonly file: string
  readonly message: string
  readonly range: { readonly start: { readonly line: number; readonly character: number } }
}

async function runPyright(folder: string): Promise<readonly PyrightMessage[]> {
  const program = require.resolve('pyright/index.js')
  const ended = await run(process.execPath, [program, '--project', folder, '--outputjson'], {
    cwd: folder,
    environment: cleanEnvironment(),
    timeoutSeconds,
  })
  if (ended.exitCode === 0 || ended.exitCode === 1) {
    return (JSON.parse(ended.stdout) as { generalDiagnostics: PyrightMessage[] }).generalDiagnostics
  }
  const why = ended.timedOut ? `took longer than ${timeoutSeconds} s` : `failed with exit code ${ended.exitCode}`
  throw new IsobenchError('prerequisite-missing', `the type checker ${why}`, {
    hint: 'run the target again; `npx pyright --version` says whether it runs at all',
    cause: new Error(`${ended.stdout}\n${ended.stderr}`),
  })
}

async function installedAt(interpreter: string): Promise<Installed> {
  const { sitePackages, python } = await sitePackagesOf(interpreter)
  const names = (await readdir(sitePackages)).map((name) => name.split('.')[0]!)
  return { sitePackages, python, names: new Set(names) }
}
