import { type PythonNode, child, children, constantText, isFunction, text, walk } from './python-tree.ts'

/** What the names of one module stand for, as far as its text says. */
export interface PythonNames {
  /**
   * The dotted path that an expression stands for: `sp.run` after `import subprocess as sp` is `subprocess.run`, also by
   * way of `r = sp.run` and `getattr(sp, "run")`; a builtin is below `builtins`. Undefined for everything computed.
   */
  resolve(expression: PythonNode | undefined): string | undefined
  parent(node: PythonNode): PythonNode | undefined
  /** Every import: the path it binds, and where. */
  readonly imports: readonly { readonly path: string; readonly node: PythonNode }[]
  /** The node of each top-level function and class, the last one of its name. */
  readonly definitions: ReadonlyMap<string, PythonNode>
  readonly nodes: readonly PythonNode[]
}

const deepestAlias = 20

/** Reads the names of a module. Imports inside functions count for the whole module. */
export function pythonNames(module: PythonNode): PythonNames {
  const nodes = walk(module)
  const parents = new Map<PythonNode, PythonNode>()
  const bound = new Map<string, string>()
  const aliases = new Map<string, PythonNode>()
  const others = new Set<string>()
  const imports: { path: string; node: PythonNode }[] = []
  for (const node of nodes) {
    for (const value of Object.values(node)) {
      for (const inner of Array.isArray(value) ? value : [value]) {
        if (typeof inner === 'object' && inner !== null) parents.set(inner as PythonNode, node)
      }
    }
    for (const { name, standsFor, path } of importedBy(node)) {
      imports.push({ path, node })
      bound.set(name, standsFor)
    }
    const alias = aliasOf(node)
    if (alias !== undefined) aliases.set(alias.name, alias.value)
    for (const name of namesBoundBy(node)) others.add(name)
  }
  const isParameterAbove = (node: PythonNode, name: string): boolean => {
    for (let above = parents.get(node); above !== undefined; above = parents.get(above)) {
      if ((isFunction(above) || above.type === 'Lambda') && parameterNames(above).includes(name)) return true
    }
    return false
  }
  const resolve = (expression: PythonNode | undefined, depth = 0): string | undefined => {
    if (expression === undefined || depth > deepestAlias) return undefined
    if (expression.type === 'Name') {
      const name = text(expression, 'id')!
      if (isParameterAbove(expression, name)) return undefined
      const imported = bound.get(name)
      if (imported !== undefined) return imported
      if (aliases.has(name)) return resolve(aliases.get(name), depth + 1)
      return others.has(name) ? undefined : `builtins.${name}`
    }
    if (expression.type === 'Attribute')
      return below(resolve(child(expression, 'value'), depth + 1), text(expression, 'attr'))
    if (expression.type !== 'Call') return undefined
    const [first, second] = children(expression, 'args')
    const called = resolve(child(expression, 'func'), depth + 1)
    if (called === 'builtins.getattr') return below(resolve(first, depth + 1), constantText(second))
    if (called === 'builtins.__import__' || called === 'importlib.import_module') return constantText(first)
    return undefined
  }
  return {
    resolve: (expression) => resolve(expression),
    parent: (node) => parents.get(node),
    imports,
    definitions: new Map(
      children(module, 'body')
        .filter((node) => isFunction(node) || node.type === 'ClassDef')
        .map((node) => [text(node, 'name')!, node]),
    ),
    nodes,
  }
}

/** The name of every parameter. */
export function parameterNames(definition: PythonNode): string[] {
  const list = child(definition, 'args')
  if (list === undefined) return []
  const single = ['vararg', 'kwarg'].flatMap((field) => child(list, field) ?? [])
  const several = ['posonlyargs', 'args', 'kwonlyargs'].flatMap((field) => children(list, field))
  return [...several, ...single].map((parameter) => text(parameter, 'arg')!)
}

/**
 * The definitions that a top-level function can reach by the names it uses, itself first.
 * @returns empty when there is no such function
 */
export function reachedFrom(name: string, names: PythonNames): PythonNode[] {
  const start = names.definitions.get(name)
  const reached = new Set(start === undefined ? [] : [start])
  for (const definition of reached) {
    for (const node of walk(definition)) {
      const used = node.type === 'Name' ? names.definitions.get(text(node, 'id')!) : undefined
      if (used !== undefined) reached.add(used)
    }
  }
  return [...reached]
}

/** Whether a dotted path is the one given or lies below it. */
export function isWithin(path: string | undefined, above: string): boolean {
  return path !== undefined && `${path}.`.startsWith(`${above}.`)
}

function below(path: string | undefined, name: string | undefined): string | undefined {
  return path === undefined || name === undefined ? undefined : `${path}.${name}`
}

/** What an import binds: a name, and the path that it stands for, which for `import a.b` is `a`. */
function importedBy(node: PythonNode): { name: string; standsFor: string; path: string }[] {
  if (node.type !== 'Import' && (node.type !== 'ImportFrom' || node['level'] !== 0)) return []
  return children(node, 'names').map((alias) => {
    const [name, as] = [text(alias, 'name')!, text(alias, 'asname')]
    const path = node.type === 'Import' ? name : `${text(node, 'module')}.${name}`
    const top = name.split('.')[0]!
    return node.type === 'Import' && as === undefined
      ? { name: top, standsFor: top, path }
      : { name: as ?? name, standsFor: path, path }
  })
}

/** `a = b.c`: another spelling of the same thing. */
function aliasOf(node: PythonNode): { name: string; value: PythonNode } | undefined {
  const target =
    node.type === 'Assign'
      ? children(node, 'targets')[0]
      : node.type === 'NamedExpr'
        ? child(node, 'target')
        : undefined
  const value = child(node, 'value')
  if (target?.type !== 'Name' || value === undefined) return undefined
  return ['Name', 'Attribute', 'Call'].includes(value.type) ? { name: text(target, 'id')!, value } : undefined
}

function namesBoundBy(node: PythonNode): string[] {
  if (node.type === 'Name') return node['ctx'] === 'Store' ? [text(node, 'id')!] : []
  if (isFunction(node) || node.type === 'ClassDef') return [text(node, 'name')!, ...parameterNames(node)]
  if (node.type === 'Lambda') return parameterNames(node)
  if (node.type === 'ExceptHandler' || node.type === 'MatchAs' || node.type === 'MatchStar')
    return [text(node, 'name') ?? []].flat()
  return []
}
