import { expect, test } from 'vitest'
import { pythonSyntax } from '../../../plugins/isobench/src/adapters/python-syntax.ts'
import { walk } from '../../../plugins/isobench/src/domain/python-tree.ts'
import { typedCopy } from '../../../plugins/isobench/src/domain/typed-copy.ts'

const python = pythonSyntax(async () => 'python3')

async function copyOf(code: string, revealed?: string) {
  const reading = await python.read(code)
  if ('problem' in reading) throw new Error(reading.problem.message)
  const nodes = walk(reading.tree).filter(({ type, id, ctx }) => type === 'Name' && id === revealed && ctx === 'Load')
  return typedCopy(code, reading.tree, nodes)
}

const code = `import demo

def setup():
    llm = demo.LLM()
    return {"llm": llm, "sizes": [1,
        2]}

def experiment(state):
    """Work."""
    for size in state["sizes"]:
        state["llm"].run(size)
    return state["llm"]

def digest(result): return result.text
`

test('the checker sees what setup and experiment return, and which type each key has', async () => {
  expect((await copyOf(code)).text).toMatchInlineSnapshot(`
    "import demo

    def setup():
        llm = demo.LLM()
        return (None, llm, [1,
            2])

    def experiment(state):
        state = setup()
        """Work."""
        for size in state[2]:
            state[1].run(size)
        return state[1]

    def digest(result): result = experiment(setup()); return result.text
    "
  `)
})

test('places lead back to the test', async () => {
  const copy = await copyOf(code, 'llm')
  const lines = copy.text.split('\n')
  const places = [/LLM\(\)/, /llm\)/, /\.run/, /text/].map((pattern) => {
    const line = lines.findIndex((each) => pattern.test(each))
    const { line: before, column } = copy.original(line + 1, lines[line]!.search(pattern) + 1)
    return code.split('\n')[before - 1]!.slice(column - 1)
  })
  expect(places).toEqual(['LLM()', 'llm, "sizes": [1,', '.run(size)', 'text'])
})

test.each([
  ['the dict is passed on', 'return demo.run(state)'],
  ['a key of the moment', 'return state[demo.key]'],
  ['a key that is not there', 'return state["other"]'],
  ['something is stored', 'state["llm"] = 3'],
])('%s: it stays a dict', async (_name, body) => {
  const text = `def setup():\n    return {"llm": 1}\n\ndef experiment(state):\n    ${body}\n`
  expect((await copyOf(text)).text).toBe(text.replace(`    ${body}`, `    state = setup()\n    ${body}`))
})
