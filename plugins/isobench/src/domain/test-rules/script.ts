import { type PythonNames, isWithin, pythonNames, reachedFrom } from '../python-names.ts'
import { type PythonNode, walk } from '../python-tree.ts'
import type { Diagnostic, TestRule } from './rules.ts'

/** What the rules know beside the code. */
export interface TestContext {
  /** The measured package as `import` names it, e.g. `vllm` */
  readonly packageImport: string
  /** Functions of the package that the commit changed, by their names in their modules, e.g. `Parser.parse` */
  readonly changed: readonly string[]
}

/** A test as the rules see it. */
export interface Script extends TestContext {
  readonly module: PythonNode
  readonly names: PythonNames
  /** Every node of the functions that `experiment` can reach, its own first */
  readonly timed: readonly PythonNode[]
  /** The same of `setup` */
  readonly prepared: readonly PythonNode[]
}

export function readScript(module: PythonNode, context: TestContext): Script {
  const names = pythonNames(module)
  const reach = (name: string) => reachedFrom(name, names).flatMap((definition) => walk(definition))
  return { ...context, module, names, timed: reach('experiment'), prepared: reach('setup') }
}

/** A finding at a node. */
export function finding(rule: TestRule, node: PythonNode | null, message: string): Diagnostic {
  return { rule, line: node?.line ?? null, column: node?.column ?? null, message }
}

/** The path that an expression stands for when it is of the measured package. */
export function packagePath({ names, packageImport }: Script, expression: PythonNode | undefined): string | undefined {
  const path = names.resolve(expression)
  return isWithin(path, packageImport) ? path : undefined
}

/** Whether any of the nodes names the package or something of it. */
export function usesPackage(script: Script, nodes: readonly PythonNode[]): boolean {
  return nodes.some((node) => node.type === 'Name' && packagePath(script, node) !== undefined)
}
