import { type PythonNode, child, children, ownNodes, text, walk } from '../python-tree.ts'
import type { Diagnostic } from './rules.ts'
import { type Script, finding, packagePath, usesPackage } from './script.ts'

const everything = ['Exception', 'BaseException']
const wideInWork = ['RuntimeError', 'AssertionError', 'OSError']
const missingThings = ['ImportError', 'ModuleNotFoundError', 'AttributeError', 'NameError', 'TypeError', 'NotImplementedError']

/** Ways to go on where something is missing or fails: then the two sides do different work, or none. */
export function fallbackFindings(script: Script): Diagnostic[] {
  return [...swallowedErrors(script), ...probes(script), ...deviceChoices(script)]
}

function swallowedErrors(script: Script): Diagnostic[] {
  const { names } = script
  const timed = new Set(script.timed)
  return names.nodes.flatMap((node): Diagnostic[] => {
    if (node.type === 'Try' || node.type === 'TryStar') {
      const guarded = children(node, 'body').flatMap((each) => walk(each))
      const caught = children(node, 'handlers').flatMap((handler) =>
        endsInRaise(handler) ? [] : judgeCatch(script, handler, caughtBy(script, child(handler, 'type')), guarded, timed.has(node)),
      )
      const returns = children(node, 'finalbody').flatMap((each) => walk(each)).find(({ type }) => type === 'Return')
      return returns === undefined ? caught : [...caught, finding('catch-all', returns, '`return` in `finally` hides every error')]
    }
    if (node.type !== 'With' && node.type !== 'AsyncWith') return []
    return children(node, 'items').flatMap((item): Diagnostic[] => {
      const call = child(item, 'context_expr')
      if (call === undefined || names.resolve(child(call, 'func')) !== 'contextlib.suppress') return []
      const guarded = children(node, 'body').flatMap((each) => walk(each))
      return judgeCatch(script, call, children(call, 'args').flatMap((each) => caughtBy(script, each)), guarded, timed.has(node))
    })
  })
}

function judgeCatch(script: Script, node: PythonNode, caught: readonly string[], guarded: readonly PythonNode[], isTimed: boolean): Diagnostic[] {
  const wide = caught.find((name) => everything.includes(name) || (isTimed && wideInWork.includes(name)))
  if (wide !== undefined) return [finding('catch-all', node, `goes on after any \`${wide}\``)]
  const missing = caught.find((name) => missingThings.includes(name))
  const probing = isTimed || usesPackage(script, guarded) || guarded.some(({ type }) => type.startsWith('Import'))
  return missing !== undefined && probing ? [finding('fallback', node, `goes on after \`${missing}\``)] : []
}

/** The last parts of the names of the exceptions; a bare `except` catches `BaseException`. */
function caughtBy({ names }: Script, type: PythonNode | undefined): string[] {
  if (type === undefined) return ['BaseException']
  const each = type.type === 'Tuple' ? children(type, 'elts') : [type]
  return each.map((one) => (names.resolve(one) ?? text(one, 'attr') ?? text(one, 'id') ?? '').split('.').at(-1)!)
}

function endsInRaise(handler: PythonNode): boolean {
  return children(handler, 'body').at(-1)?.type === 'Raise'
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
      (each) => each.type === 'Call' && /\.(cuda|mps|xpu)\.(is_available|device_count)$/.test(names.resolve(child(each, 'func')) ?? ''),
    )
    if (!asks || (node.type === 'If' && isGuard(node))) return []
    return [finding('device-fallback', node, 'chooses the device by what is there')]
  })
}

/** `if not available: raise …`, or something done on the device alone, such as a synchronisation. */
function isGuard(node: PythonNode): boolean {
  const body = children(node, 'body')
  if (body.at(-1)?.type === 'Raise') return true
  return children(node, 'orelse').length === 0 && !ownNodes(node).some(({ type }) => type === 'Assign' || type === 'Return')
}
