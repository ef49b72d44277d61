import type { Side } from '../schema/outcome.ts'
import { isWithin } from './python-names.ts'
import { type PythonNode, child, children, text, walk } from './python-tree.ts'
import type { Diagnostic, TestRule } from './test-rules.ts'

/** One message of the type checker, at its place in the test itself. */
export interface TypeMessage {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** A message that speaks of something that is not installed. */
export interface TypeFinding extends TypeMessage {
  /**
   * The expression whose type the message is about, where only that tells whether it is to be believed: it may be one
   * of several types, or of another package than the measured one. Null where the message alone says enough.
   */
  readonly about: PythonNode | null
}

const missingImport = /^Import "([\w.]+)" could not be resolved( from source)?/
const unknownSymbol = /^"(\w+)" is unknown import symbol/
const moduleAttribute = /^"(\w+)" is not a known attribute of module "([\w.]+)"/
const classAttribute = /^Cannot access attribute "(\w+)" for class "([^"]+)"/
const wrongCall =
  /^(No parameter named "|Expected \d+ (more )?positional argument|Expected 0 positional|Arguments? missing for parameter)/
const undefinedName = /^"\w+" is not defined/

/**
 * The messages that can be about what is installed. All others are opinions about types, which a test may well offend.
 * @param installed names at the top of the search path, to tell a missing package from a module that is made at run time
 */
export function typeFindings(
  messages: readonly TypeMessage[],
  module: PythonNode,
  packageImport: string,
  installed: ReadonlySet<string>,
): TypeFinding[] {
  const nodes = walk(module)
  return messages.flatMap((said): TypeFinding[] => {
    const { message } = said
    const certain = [{ ...said, message: message.split('\n')[0]!, about: null }]
    const imported = missingImport.exec(message)?.[1]
    if (imported !== undefined) {
      return isWithin(imported, packageImport) || !installed.has(imported.split('.')[0]!) ? certain : []
    }
    const owner = unknownSymbol.test(message) ? moduleOfImport(nodes, said) : moduleAttribute.exec(message)?.[2]
    if (owner !== undefined) return isWithin(owner, packageImport) ? certain : []
    if (undefinedName.test(message)) return certain
    const accessed = classAttribute.exec(message)?.[1]
    const about =
      accessed !== undefined
        ? ownerOfAttribute(nodes, said)
        : wrongCall.test(message)
          ? calledAt(nodes, said)
          : undefined
    return about === undefined ? [] : [{ ...certain[0]!, about }]
  })
}

/** Whether a type as the checker prints it is one of several, not counting `None`. */
export function isUnion(type: string): boolean {
  let outside = type
  for (let before = ''; before !== outside;) {
    before = outside
    outside = outside.replace(/\[[^[\]]*\]|\([^()]*\)/g, '')
  }
  return outside.split('|').filter((part) => part.trim() !== 'None').length > 1
}

/** What both sides say together: a finding on one side alone is one of its own. */
export function typeDiagnostics(found: Readonly<Record<Side, readonly TypeMessage[]>>): Diagnostic[] {
  const keyOf = ({ line, column }: TypeMessage) => `${line}:${column}`
  const byPlace = new Map([...found.base, ...found.head].map((each) => [keyOf(each), each]))
  return [...byPlace.values()]
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, message }): Diagnostic => {
      const at = (side: Side) => found[side].find((other) => other.line === line && other.column === column)?.message
      const said = (rule: TestRule, what: string): Diagnostic => ({ rule, line, column, message: what })
      const [base, head] = [at('base'), at('head')]
      if (undefinedName.test(message)) return said('undefined-name', message)
      if (base === undefined) return said('only-on-base', `on head: ${head}`)
      if (head === undefined) return said('only-on-head', `on base: ${base}`)
      const both = base === head ? `on base and head: ${base}` : `on base: ${base}; on head: ${head}`
      return said('not-installed', both)
    })
}

/** The side that lacks what a test needs, when all that is wrong is that the other side has it. */
export function missingSide(diagnostics: readonly Diagnostic[]): Side | null {
  const rules = new Set(diagnostics.map(({ rule }) => rule))
  if (rules.size !== 1) return null
  return rules.has('only-on-head') ? 'base' : rules.has('only-on-base') ? 'head' : null
}

function moduleOfImport(nodes: readonly PythonNode[], { line, column }: TypeMessage): string | undefined {
  const importing = nodes.find(
    (node) =>
      node.type === 'ImportFrom' &&
      children(node, 'names').some((alias) => alias.line === line && alias.column === column),
  )
  return importing === undefined ? undefined : text(importing, 'module')
}

function ownerOfAttribute(nodes: readonly PythonNode[], { line, column }: TypeMessage): PythonNode | undefined {
  const access = nodes.find(
    (node) =>
      node.type === 'Attribute' && node.endLine === line && node.endColumn === column + text(node, 'attr')!.length,
  )
  return access === undefined ? undefined : child(access, 'value')
}

/** The function of the innermost call around a place, or what it is an attribute of. */
function calledAt(nodes: readonly PythonNode[], place: TypeMessage): PythonNode | undefined {
  const call = nodes.findLast((node) => node.type === 'Call' && contains(node, place))
  const called = call === undefined ? undefined : child(call, 'func')
  return called?.type === 'Attribute' ? child(called, 'value') : called
}

function contains({ line, column, endLine, endColumn }: PythonNode, place: TypeMessage): boolean {
  const after = place.line > line! || (place.line === line && place.column >= column!)
  return after && (place.line < endLine! || (place.line === endLine && place.column < endColumn!))
}
