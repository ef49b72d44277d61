import { isWithin } from '../python-names.ts'
import { type PythonNode, child, children, constantText, isFunction, ownNodes, text, walk } from '../python-tree.ts'
import type { Diagnostic } from './rules.ts'
import { type Script, finding, packagePath, usesPackage } from './script.ts'

const imitatingFunction = /(^|_)(mock|simulated?)_/
const imitatingClass = /Mock|Simulat(ed|or)|Fake|Stub/
const flags =
  /^(opt_path_hit|opt_path_triggered|target_resolved|speedup|improvement|is_faster|test_passed|avg_ms|p50_ms|p95_ms)$/
/** Parts of a path below which settings lie that a test may change. */
const settings = /\.(backends|config|options)(\.|$)/

/** Imitations of the package, changes of modules, and results that were written down instead of computed. */
export function forgeryFindings(script: Script): Diagnostic[] {
  return [...imitations(script), ...patches(script), ...selfReports(script), ...hostFiles(script)]
}

function imitations(script: Script): Diagnostic[] {
  const { names, module, changed } = script
  const changedTops = new Set(changed.map((name) => name.split('.')[0]!))
  const importedTops = new Map(
    names.imports
      .filter(({ path }) => isWithin(path, script.packageImport))
      .map(({ path }) => [path.split('.').at(-1)!, path]),
  )
  return names.nodes.flatMap((node): Diagnostic[] => {
    const topLevel = names.parent(node) === module
    if (!isFunction(node) && node.type !== 'ClassDef') {
      return topLevel && node.type === 'Assign' ? reassigned(script, node, importedTops) : []
    }
    const name = text(node, 'name')!
    if ((isFunction(node) ? imitatingFunction : imitatingClass).test(name))
      return [finding('mock', node, `\`${name}\` imitates work`)]
    const original = importedTops.get(name) ?? (changedTops.has(name) ? name : undefined)
    if (!topLevel || original === undefined || usesPackage(script, walk(node))) return []
    return [finding('copy-of-package', node, `\`${name}\` stands in for \`${original}\` of the package`)]
  })
}

function reassigned(script: Script, node: PythonNode, imported: ReadonlyMap<string, string>): Diagnostic[] {
  return children(node, 'targets').flatMap((target): Diagnostic[] => {
    const original = target.type === 'Name' ? imported.get(text(target, 'id')!) : undefined
    if (original === undefined || usesPackage(script, walk(child(node, 'value')!))) return []
    return [finding('copy-of-package', node, `\`${text(target, 'id')}\` stands in for \`${original}\` of the package`)]
  })
}

function patches(script: Script): Diagnostic[] {
  const { names } = script
  return names.nodes.flatMap((node): Diagnostic[] => {
    if (node.type === 'Call') {
      const called = names.resolve(child(node, 'func'))
      const writes =
        called === 'builtins.setattr' || called === 'builtins.delattr' || called === 'builtins.object.__setattr__'
      return writes ? patchFinding(script, children(node, 'args')[0], node) : []
    }
    const isTarget = node['ctx'] === 'Store' || node['ctx'] === 'Del'
    return isTarget && (node.type === 'Attribute' || node.type === 'Subscript')
      ? patchFinding(script, child(node, 'value'), node)
      : []
  })
}

/** @param owner what something is set on */
function patchFinding(script: Script, owner: PythonNode | undefined, node: PythonNode): Diagnostic[] {
  const { names } = script
  if (isClassOfObject(owner, script)) return [finding('monkey-patch', node, 'changes the class of an object')]
  const path = names.resolve(owner)
  if (path === undefined || path === 'os.environ' || (path.startsWith('builtins.') && !path.endsWith('__'))) return []
  const whole = node.type === 'Attribute' ? `${path}.${text(node, 'attr')}` : path
  if (packagePath(script, owner) === undefined && settings.test(whole)) return []
  return [finding('monkey-patch', node, `changes \`${whole}\``)]
}

/** `type(x).name = …` and `x.__class__.name = …`. */
function isClassOfObject(owner: PythonNode | undefined, { names }: Script): boolean {
  if (owner?.type === 'Call') return names.resolve(child(owner, 'func')) === 'builtins.type'
  return owner?.type === 'Attribute' && text(owner, 'attr') === '__class__'
}

function selfReports(script: Script): Diagnostic[] {
  const { names } = script
  const reported = ['digest', 'metrics'].flatMap((name): Diagnostic[] => {
    const definition = names.definitions.get(name)
    if (definition === undefined || !isFunction(definition)) return []
    const own = ownNodes(definition)
    const loads = own.filter((node) => node.type === 'Name' && node['ctx'] === 'Load')
    const parameter = text(children(child(definition, 'args')!, 'args')[0] ?? definition, 'arg')
    const returned = own.filter(({ type }) => type === 'Return').map((node) => child(node, 'value'))
    if (returned.every((value) => value?.type === 'Dict' && children(value, 'values').length === 0)) return []
    const constant = returned.length > 0 && returned.every((value) => value === undefined || isConstant(value))
    const ignores = parameter !== undefined && !loads.some((node) => text(node, 'id') === parameter)
    return constant || ignores
      ? [finding('self-report', definition, `\`${name}\` says the same whatever was computed`)]
      : []
  })
  const named = names.nodes.flatMap((node): Diagnostic[] => {
    const key =
      names.parent(node)?.type === 'Dict' ? constantText(node) : node.type === 'keyword' ? text(node, 'arg') : undefined
    const written = key ?? (node.type === 'Name' && node['ctx'] === 'Store' ? text(node, 'id') : undefined)
    return written !== undefined && flags.test(written)
      ? [finding('self-report', node, `reports \`${written}\` itself`)]
      : []
  })
  return [...reported, ...named]
}

function isConstant(value: PythonNode): boolean {
  return walk(value).every(({ type }) =>
    ['Constant', 'Dict', 'List', 'Tuple', 'Set', 'UnaryOp', 'USub', 'JoinedStr'].includes(type),
  )
}

/** Absolute paths of the host given to something that opens files. */
function hostFiles({ names }: Script): Diagnostic[] {
  return names.nodes.flatMap((node): Diagnostic[] => {
    if (node.type !== 'Call') return []
    const called = names.resolve(child(node, 'func')) ?? ''
    if (
      !/^(builtins\.open|io\.open|os\.(open|listdir|scandir|walk|remove|unlink|readlink)|pathlib\.(Path|PosixPath)|shutil\.\w+|glob\.\w+|os\.path\.expanduser)$/.test(
        called,
      )
    )
      return []
    const first = children(node, 'args')[0]
    const path = constantText(first)
    if (called === 'builtins.open' && first?.type === 'Constant' && first['kind'] === 'int') {
      return [finding('harness-streams', node, 'opens a file descriptor by its number')]
    }
    if (path === undefined || !/^(\/(?!tmp\/|dev\/null$)|~)/.test(path)) return []
    return [finding('host-file', node, `uses a file of the host: ${path.slice(0, 100)}`)]
  })
}
