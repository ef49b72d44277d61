import { parameterNames } from '../python-names.ts'
import { type PythonNode, child, children, isFunction, ownNodes, text } from '../python-tree.ts'
import type { Diagnostic } from './rules.ts'
import { type Script, finding } from './script.ts'

/** What loads weights, starts engines or compiles: seconds of work that is not the work of the commit. */
const builders =
  /\.(from_pretrained|from_engine_args|from_vllm_config|LLM|LLMEngine|AsyncLLM|AsyncLLMEngine|Engine|Runtime|pipeline|SentenceTransformer|InferenceSession|load_model|get_model)$|^torch\.(load|compile|jit\.(script|trace|load))$/
const lazy = /^builtins\.(map|filter|zip|iter|reversed|enumerate)$|^itertools\./
const pending = /^(submit|create_task|ensure_future|apply_async|map_async|start)$/
const caches = /^functools\.(lru_cache|cache|cached_property)$|^joblib\.Memory$/
const plainRandom =
  /^(random|numpy\.random)\.(random|randint|randrange|choice|choices|sample|shuffle|uniform|gauss|rand|randn|normal|permutation|standard_normal|integers)$|^torch\.(rand|randn|randint|randperm|normal|bernoulli|multinomial)$/
const emptySeed = /^(random\.Random|numpy\.random\.(default_rng|RandomState|Generator))$/

/** What `experiment` must not do while it is timed, and random numbers without a seed anywhere. */
export function timedWorkFindings(script: Script): Diagnostic[] {
  return [...builtWhileTimed(script), ...unfinished(script), ...remembered(script), ...unseeded(script)]
}

function builtWhileTimed({ names, timed, changed }: Script): Diagnostic[] {
  return timed.flatMap((node): Diagnostic[] => {
    if (node.type !== 'Call') return []
    const called = child(node, 'func')!
    const path = names.resolve(called)
    if (path === undefined && called.type === 'Name' && text(called, 'id') === 'setup') {
      return [finding('built-in-experiment', node, '`experiment` calls `setup`')]
    }
    const name = path ?? (called.type === 'Attribute' ? `.${text(called, 'attr')}` : '')
    const last = name.split('.').at(-1)!
    const isTheChange = changed.some((each) => each === `${last}.__init__` || `.${each}`.endsWith(`.${last}`))
    if (!builders.test(name) || isTheChange) return []
    return [finding('built-in-experiment', node, `\`experiment\` calls \`${name.replace(/^\./, '')}\` each time`)]
  })
}

function unfinished({ names }: Script): Diagnostic[] {
  const experiment = names.definitions.get('experiment')
  if (experiment === undefined || !isFunction(experiment)) return []
  return ownNodes(experiment).flatMap((node): Diagnostic[] => {
    const value = node.type === 'Return' ? child(node, 'value') : undefined
    if (value === undefined) return []
    const called = value.type === 'Call' ? child(value, 'func')! : undefined
    const later = called !== undefined && (lazy.test(names.resolve(called) ?? '') || pending.test(lastName(called)))
    const isLazy = later || value.type === 'GeneratorExp' || value.type === 'Lambda'
    return isLazy ? [finding('lazy-result', value, '`experiment` returns before the work is done')] : []
  })
}

function remembered({ names, timed }: Script): Diagnostic[] {
  return timed.flatMap((node): Diagnostic[] => {
    if (node.type === 'Global') return [finding('remembered-result', node, 'keeps something in a global variable')]
    if (isFunction(node) && looksUpItsState(node)) {
      return [
        finding('remembered-result', node, `\`${text(node, 'name')}\` looks in its argument for an earlier result`),
      ]
    }
    const decorator = children(node, 'decorator_list').find((each) =>
      caches.test(names.resolve(each.type === 'Call' ? child(each, 'func') : each) ?? ''),
    )
    return decorator === undefined
      ? []
      : [finding('remembered-result', decorator, 'remembers results from call to call')]
  })
}

/** `if "result" in state: …` beside `state["result"] = …`. */
function looksUpItsState(definition: PythonNode): boolean {
  const parameters = parameterNames(definition)
  const isParameter = (node: PythonNode | undefined) => node?.type === 'Name' && parameters.includes(text(node, 'id')!)
  const own = ownNodes(definition)
  const stores = own.some(
    (node) => node.type === 'Subscript' && node['ctx'] === 'Store' && isParameter(child(node, 'value')),
  )
  const asks = own.some(
    (node) =>
      node.type === 'Compare' &&
      children(node, 'ops').some(({ type }) => type === 'In' || type === 'NotIn') &&
      children(node, 'comparators').some(isParameter),
  )
  return stores && asks
}

function unseeded({ names }: Script): Diagnostic[] {
  const calls = names.nodes.filter(({ type }) => type === 'Call')
  const paths = calls.map((node) => ({ node, path: names.resolve(child(node, 'func')) }))
  const seeds = calls.some((node) => /seed/i.test(lastName(child(node, 'func')!)))
  return paths.flatMap(({ node, path }): Diagnostic[] => {
    const args = [...children(node, 'args'), ...children(node, 'keywords')]
    if (path === undefined) return []
    const given = children(node, 'keywords').some((each) => text(each, 'arg') === 'generator')
    const bad = (emptySeed.test(path) && args.length === 0) || (!seeds && !given && plainRandom.test(path))
    return bad ? [finding('unseeded', node, `\`${path}\` without a seed`)] : []
  })
}

function lastName(called: PythonNode): string {
  return text(called, 'attr') ?? text(called, 'id') ?? ''
}
