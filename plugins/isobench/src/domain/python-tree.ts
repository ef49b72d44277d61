/**
 * A node of Python's own syntax tree (module `ast`), as JSON: `type` is the class, the other fields are those of the
 * class. Lines and columns are 1-based and count UTF-16 units; nodes without a place (`arguments`) have none.
 */
export interface PythonNode {
  readonly type: string
  readonly line?: number
  readonly column?: number
  readonly endLine?: number
  /** One past the last */
  readonly endColumn?: number
  readonly [field: string]: unknown
}

/** The node in a field, or undefined when the field is empty. */
export function child(node: PythonNode, field: string): PythonNode | undefined {
  const value = node[field]
  return isNode(value) ? value : undefined
}

/** The nodes in a field that holds a list; empty places, as in `{**more}`, are left out. */
export function children(node: PythonNode, field: string): PythonNode[] {
  const value = node[field]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The text in a field, such as `id` of a Name. */
export function text(node: PythonNode, field: string): string | undefined {
  const value = node[field]
  return typeof value === 'string' ? value : undefined
}

/** Every node directly below, in the order of the fields. */
export function below(node: PythonNode): PythonNode[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  )
}

/** The node and all below it, outermost first. */
export function walk(root: PythonNode, into: (node: PythonNode) => boolean = () => true): PythonNode[] {
  const found: PythonNode[] = []
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    found.push(node)
    if (node === root || into(node)) open.push(...below(node).toReversed())
  }
  return found
}

/** What a function itself holds: all below it but the inside of functions and classes defined in it. */
export function ownNodes(definition: PythonNode): PythonNode[] {
  return walk(definition, (node) => !scopes.has(node.type)).slice(1)
}

/** The text of a constant, where it is text. */
export function constantText(node: PythonNode | undefined): string | undefined {
  return node?.type === 'Constant' ? text(node, 'value') : undefined
}

export function isFunction(node: PythonNode): boolean {
  return node.type === 'FunctionDef' || node.type === 'AsyncFunctionDef'
}

const scopes = new Set(['FunctionDef', 'AsyncFunctionDef', 'ClassDef', 'Lambda'])

function isNode(value: unknown): value is PythonNode {
  return typeof value === 'object' && value !== null && 'type' in value
}
