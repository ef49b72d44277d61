import { type PythonNode, child, children, constantText, ownNodes, text, walk } from '../python-tree.ts'
import type { Diagnostic } from './rules.ts'
import { type Script, finding, packagePath, usesPackage } from './script.ts'

const everything = new Set(['Exception', 'BaseException'])
const wideInWork = new Set(['RuntimeError', 'AssertionError', 'OSError'])
const missingThings = new Set([
  'ImportError',
  'ModuleNotFoundError',
  'AttributeError',
  'NameError',
  'TypeError',
  'NotImplementedError',
])

/** Ways to go on where something is missing or fails: then the two sides do different work, or none. */
export function fallbackFindings(script: Script): Diagnostic[] {
  return [...swallowedErrors(script), ...probes(script), ...deviceChoices(script)]
}

function swallowedErrors(script: Script): Diagnostic[] {
  return script.names.nodes.flatMap((node): Diagnostic[] => {
    if (node.type === 'Try' || node.type === 'TryStar') return tryFindings(script, node)
    return node.type === 'With' || node.type === 'AsyncWith' ? suppressFindings(script, node) : []
  })
}

function tryFindings(script: Script, node: PythonNode): Diagnostic[] {
  const handlers = children(node, 'handlers').filter((handler) => children(handler, 'body').at(-1)?.type !== 'Raise')
  const found = handlers.flatMap((handler) =>
    catchFindings(script, node, handler, caughtBy(script, child(handler, 'type'))),
  )
  const toCpu = handlers.find((handler) => walk(handler).some((each) => constantText(each) === 'cpu'))
  if (toCpu !== undefined) found.push(finding('device-fallback', toCpu, 'goes on with the CPU'))
  const returns = inside(node, 'finalbody').find(({ type }) => type === 'Return')
  if (returns !== undefined) found.push(finding('catch-all', returns, '`return` in `finally` hides every error'))
  return found
}

function suppressFindings(script: Script, node: PythonNode): Diagnostic[] {
  const calls = children(node, 'items').flatMap((item) => child(item, 'context_expr') ?? [])
  return calls
    .filter((call) => script.names.resolve(child(call, 'func')) === 'contextlib.suppress')
    .flatMap((call) => {
      const caught = children(call, 'args').flatMap((each) => caughtBy(script, each))
      return catchFindings(script, node, call, caught)
    })
}

/** @param guarded the statement whose body may fail. @param place what catches */
function catchFindings(
  script: Script,
  guarded: PythonNode,
  place: PythonNode,
  caught: readonly string[],
): Diagnostic[] {
  const isTimed = script.timed.includes(guarded)
  const wide = caught.find((name) => everything.has(name) || (isTimed && wideInWork.has(name)))
  if (wide !== undefined) return [finding('catch-all', place, `goes on after any \`${wide}\``)]
  const missing = caught.find((name) => missingThings.has(name))
  const body = inside(guarded, 'body')
  const probing = isTimed || usesPackage(script, body) || body.some(({ type }) => type.startsWith('Import'))
  return missing !== undefined && probing ? [finding('fallback', place, `goes on after \`${missing}\``)] : []
}

function inside(node: PythonNode, field: string): PythonNode[] {
  return children(node, field).flatMap((each) => walk(each))
}

/** The last parts of the names of the exceptions; a bare `except` catches `BaseException`. */
function caughtBy({ names }: Script, type: PythonNode | undefined): string[] {
  if (type === undefined) return ['BaseException']
  const each = type.type === 'Tuple' ? children(type, 'elts') : [type]
  return each.map((one) => (names.resolve(one) ?? text(one, 'attr') ?? text(one, 'id') ?? '').split('.').at(-1)!)
}

/** Asking the package what it has, in order to do something else where it has it not. */
function probes(script: Script): Diagnostic[] {
  const { names } = script
  return names.nodes.flatMap((node): Diagnostic[] => {
    if (node.type !== 'Call') return []
    const called = names.resolve(child(node, 'func'))
    const args = children(node, 'args')
    const path = packagePath(script, args[0])
    if (path === undefined) return []
    const asks = called === 'builtins.hasattr' || called === 'builtins.dir' || called === 'builtins.vars'
    const withDefault = called === 'builtins.getattr' && args.length === 3
    return asks || withDefault ? [finding('version-branch', node, `asks what \`${path}\` has`)] : []
  })
}

/** `"cuda" if torch.cuda.is_available() else "cpu"`: what is measured would depend on the machine. */
function deviceChoices({ names }: Script): Diagnostic[] {
  return names.nodes.flatMap((node): Diagnostic[] => {
    if (node.type !== 'IfExp' && node.type !== 'If') return []
    const asks = walk(child(node, 'test')!).some(
      (each) =>
        each.type === 'Call' &&
        /\.(cuda|mps|xpu)\.(is_available|device_count)$/.test(names.resolve(child(each, 'func')) ?? ''),
    )
    if (!asks || (node.type === 'If' && isGuard(node))) return []
    return [finding('device-fallback', node, 'chooses the device by what is there')]
  })
}

/** `if not available: raise …`, or something done on the device alone, such as a synchronisation. */
function isGuard(node: PythonNode): boolean {
  const body = children(node, 'body')
  if (body.at(-1)?.type === 'Raise') return true
  return (
    children(node, 'orelse').length === 0 && !ownNodes(node).some(({ type }) => type === 'Assign' || type === 'Return')
  )
}
