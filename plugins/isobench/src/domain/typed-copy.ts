import { parameterNames } from './python-names.ts'
import { type PythonNode, child, children, constantText, isFunction, ownNodes, text } from './python-tree.ts'
import { type AddedLine, type EditedText, type LineEdit, editText } from './text-edits.ts'

/**
 * A copy of a test for the type checker, in which it can see what it must otherwise take for unknown: `state` is what
 * `setup()` returns, `result` what `experiment` returns. A dict that `setup` returns becomes a tuple, because of a dict
 * the checker keeps no type for each key.
 * @param revealed expressions whose types the checker shall print
 */
export function typedCopy(code: string, module: PythonNode, revealed: readonly PythonNode[] = []): EditedText {
  const edits: LineEdit[] = []
  const added: AddedLine[] = []
  const functions = children(module, 'body').filter(isFunction)
  const named = (name: string) => functions.findLast((node) => text(node, 'name') === name)
  for (const [name, value] of Object.entries(stateOf)) {
    const definition = named(name)
    const [parameter] = definition === undefined ? [] : parameterNames(definition)
    const first = definition === undefined ? undefined : children(definition, 'body')[0]
    if (definition === undefined || parameter === undefined || first === undefined) continue
    const assignment = `${parameter} = ${value}`
    const isOneLine = first.line === child(definition, 'args')?.line || first.line === definition.line
    if (isOneLine) edits.push(insert(first.line!, first.column!, `${assignment}; `))
    else added.push({ before: topLine(first), text: `${' '.repeat(first.column! - 1)}${assignment}` })
  }
  edits.push(...dictAsTuple(named('setup'), named('experiment')))
  for (const { line, column, endLine, endColumn } of revealed) {
    edits.push(insert(line!, column!, 'reveal_type('), insert(endLine!, endColumn!, ')'))
  }
  return editText(code, edits, added)
}

const stateOf = { experiment: 'setup()', digest: 'experiment(setup())', metrics: 'experiment(setup())' }

/** The line of a statement, or of its first decorator. */
function topLine(statement: PythonNode): number {
  return Math.min(statement.line!, ...children(statement, 'decorator_list').map(({ line }) => line!))
}

function insert(line: number, column: number, inserted: string): LineEdit {
  return { line, start: column, end: column, text: inserted }
}

/** Edits that turn `{"a": x}` and `state["a"]` into `(None, x)` and `state[1]`, where that is all that is done with them. */
function dictAsTuple(setup: PythonNode | undefined, experiment: PythonNode | undefined): LineEdit[] {
  if (setup === undefined || experiment === undefined) return []
  const [parameter] = parameterNames(experiment)
  const returns = ownNodes(setup).filter(({ type }) => type === 'Return')
  const dict = returns.length === 1 ? child(returns[0]!, 'value') : undefined
  if (dict?.type !== 'Dict' || parameter === undefined) return []
  const [keys, values] = [children(dict, 'keys'), children(dict, 'values')]
  const names = keys.map(constantText)
  const sameLine = keys.every((key, index) => key.endLine === values[index]?.line)
  if (keys.length !== values.length || !sameLine || names.includes(undefined) || new Set(names).size !== names.length) {
    return []
  }
  const subscripts = ownNodes(experiment).filter(
    (node) => node.type === 'Subscript' && node['ctx'] === 'Load' && text(child(node, 'value')!, 'id') === parameter,
  )
  const uses = ownNodes(experiment).filter((node) => node.type === 'Name' && text(node, 'id') === parameter)
  const slices = subscripts.map((node) => child(node, 'slice')!)
  if (uses.length !== subscripts.length || slices.some((slice) => !names.includes(constantText(slice)))) return []
  return [
    replace(dict.line!, dict.column!, dict.column! + 1, '(None, '),
    ...keys.map((key, index) => replace(key.line!, key.column!, values[index]!.column!, '')),
    replace(dict.endLine!, dict.endColumn! - 1, dict.endColumn!, ')'),
    ...slices.map((slice) =>
      replace(slice.line!, slice.column!, slice.endColumn!, String(names.indexOf(constantText(slice)) + 1)),
    ),
  ]
}

function replace(line: number, start: number, end: number, by: string): LineEdit {
  return { line, start, end, text: by }
}
