import { parameterNames } from '../python-names.ts'
import { type PythonNode, child, children, constantText, isFunction, ownNodes, text, walk } from '../python-tree.ts'
import type { Diagnostic } from './rules.ts'
import { type Script, finding, usesPackage } from './script.ts'

const functions = [
  { name: 'setup', parameters: 0, required: true, spelling: 'setup()' },
  { name: 'experiment', parameters: 1, required: true, spelling: 'experiment(state)' },
  { name: 'digest', parameters: 1, required: false, spelling: 'digest(result)' },
  { name: 'metrics', parameters: 1, required: false, spelling: 'metrics(result)' },
] as const

const work = new Set([
  'Call',
  'BinOp',
  'Compare',
  'Subscript',
  'For',
  'While',
  'ListComp',
  'SetComp',
  'DictComp',
  'Await',
  'With',
])

/** The functions and their parameters, that the package is imported and used, and that output is left to the harness. */
export function contractFindings(script: Script): Diagnostic[] {
  return [...functions.flatMap((wanted) => checkFunction(script, wanted)), ...checkUse(script), ...checkOutput(script)]
}

function checkFunction({ module, names }: Script, wanted: (typeof functions)[number]): Diagnostic[] {
  const { name, parameters, required, spelling } = wanted
  const found = names.definitions.get(name)
  if (found === undefined || !isFunction(found)) {
    return required ? [finding('missing-function', null, `no top-level function \`${spelling}\``)] : []
  }
  const again = names.nodes.find((node) => node !== found && bindsAgain(node, name, module, names.parent(node)))
  if (again !== undefined) {
    const later = (again.line ?? 0) > (found.line ?? 0) ? again : found
    return [finding('redefined-function', later, `\`${name}\` is defined twice`)]
  }
  const isGenerator = ownNodes(found).some(({ type }) => type === 'Yield' || type === 'YieldFrom')
  if (found.type !== 'FunctionDef' || isGenerator) {
    return [finding('not-a-plain-function', found, `\`${name}\` must be neither async nor a generator`)]
  }
  return isCallableWith(parameters, child(found, 'args')!)
    ? []
    : [finding('wrong-parameters', found, `must be callable as \`${spelling}\``)]
}

function bindsAgain(node: PythonNode, name: string, module: PythonNode, parent: PythonNode | undefined): boolean {
  if (isFunction(node) || node.type === 'ClassDef') return parent === module && text(node, 'name') === name
  return node.type === 'Name' && node['ctx'] !== 'Load' && text(node, 'id') === name
}

function isCallableWith(count: number, parameters: PythonNode): boolean {
  const positional = children(parameters, 'posonlyargs').length + children(parameters, 'args').length
  const required = positional - children(parameters, 'defaults').length
  const most = child(parameters, 'vararg') === undefined ? positional : Number.POSITIVE_INFINITY
  const requiredKeywords = children(parameters, 'kwonlyargs').length - children(parameters, 'kw_defaults').length
  return required <= count && most >= count && requiredKeywords === 0
}

function checkUse(script: Script): Diagnostic[] {
  const { module, names, packageImport, timed, prepared } = script
  const star = names.imports.find(({ path }) => path.endsWith('.*'))
  if (star !== undefined) return [finding('star-import', star.node, `nobody can say what this imports: ${star.path}`)]
  if (!names.imports.some(({ path }) => `${path}.`.startsWith(`${packageImport}.`))) {
    return [finding('package-not-imported', null, `\`${packageImport}\` is never imported`)]
  }
  const experiment = names.definitions.get('experiment')
  if (experiment === undefined || timed.length === 0) return []
  if (!timed.some(({ type }) => work.has(type))) return [finding('no-work', experiment, '`experiment` does nothing')]
  const given = new Set([...parameterNames(experiment), ...moduleVariables(module)])
  const takesState = ownNodes(experiment).some(
    (node) => node.type === 'Name' && node['ctx'] === 'Load' && given.has(text(node, 'id')!),
  )
  const outside = children(module, 'body').filter((node) => !isFunction(node))
  const usedBefore =
    usesPackage(script, prepared) ||
    usesPackage(
      script,
      outside.flatMap((node) => walk(node)),
    )
  if (usesPackage(script, timed) || (takesState && usedBefore)) return []
  return [finding('package-not-used', experiment, `\`experiment\` does nothing with \`${packageImport}\``)]
}

function moduleVariables(module: PythonNode): string[] {
  return children(module, 'body')
    .flatMap((node) => children(node, 'targets'))
    .flatMap((target) => (target.type === 'Name' ? text(target, 'id')! : []))
}

function checkOutput({ names }: Script): Diagnostic[] {
  return names.nodes.flatMap((node): Diagnostic[] => {
    const parent = names.parent(node)
    if (node.type === 'If' && isMainTest(child(node, 'test'))) {
      return [finding('main-block', node, 'no `__main__` block: the tool appends it')]
    }
    if (!/Execution time:/.test(constantText(node) ?? '') || parent?.type === 'Expr') return []
    return [finding('contract-line', node, 'timing and the line `Execution time:` belong to the harness')]
  })
}

function isMainTest(test: PythonNode | undefined): boolean {
  return test !== undefined && walk(test).some((node) => node.type === 'Name' && text(node, 'id') === '__name__')
}
