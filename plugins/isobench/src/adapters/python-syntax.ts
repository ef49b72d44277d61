import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { PythonNode } from '../domain/python-tree.ts'
import type { Diagnostic } from '../domain/test-rules.ts'
import { IsobenchError } from '../errors.ts'
import { cleanEnvironment } from './process.ts'

/** Reads Python code without running any of it. */
export interface PythonSyntax {
  read(code: string): Promise<{ readonly tree: PythonNode } | { readonly problem: Diagnostic }>
}

const parseTimeoutSeconds = 30

/** Says `ready`, then answers each line (code as JSON) with its tree or what is wrong. Only this text is run. */
const reader = `
import ast, json, sys, warnings
warnings.simplefilter("ignore")
left_out = {"type_comment", "type_ignores", "kind", "type_params"}

def read(code):
    lines = None if code.isascii() else [line.encode() for line in code.split("\\n")]

    def column(line, offset):
        if lines is not None:
            offset = len(lines[line - 1][:offset].decode(errors="replace").encode("utf-16-le")) // 2
        return offset + 1

    def plain(value):
        if isinstance(value, list):
            return [plain(each) for each in value]
        if isinstance(value, ast.Index):
            return plain(value.value)
        if not isinstance(value, ast.AST):
            small = isinstance(value, (str, bool)) or value is None or isinstance(value, int) and abs(value) < 2**53
            return value if small else type(value).__name__
        node = {"type": type(value).__name__}
        if hasattr(value, "lineno"):
            node["line"], node["column"] = value.lineno, column(value.lineno, value.col_offset)
            node["endLine"], node["endColumn"] = value.end_lineno, column(value.end_lineno, value.end_col_offset)
        for name in value._fields:
            if name == "ctx" or isinstance(value, ast.Constant):
                continue
            if name not in left_out:
                node[name] = plain(getattr(value, name))
        if isinstance(value, ast.Constant):
            node["kind"], node["value"] = type(value.value).__name__, plain(value.value)
        if hasattr(value, "ctx"):
            node["ctx"] = type(value.ctx).__name__
        return node

    tree = ast.parse(code, "efficiency_test.py")
    compile(tree, "efficiency_test.py", "exec", dont_inherit=True)
    return json.dumps({"tree": plain(tree)})

def answer(code):
    try:
        return read(code)
    except (SyntaxError, ValueError) as error:
        line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
        said = {"line": line or None, "column": column or None, "message": getattr(error, "msg", str(error))}
    except (RecursionError, MemoryError):
        said = {"line": None, "column": None, "message": "nested too deeply"}
    return json.dumps({"problem": said})

print("ready", flush=True)
for request in sys.stdin:
    print(answer(json.loads(request)), flush=True)
`

type Reply = { readonly tree: PythonNode } | { readonly problem: Omit<Diagnostic, 'rule'> }

/**
 * Syntax by the parser of the interpreter that will run the test, so that `match` is an error for Python 3.9. The
 * interpreter is started once and asked again and again: its start takes longer than a hundred answers. It ends with
 * this process, whose end closes its input.
 * @param interpreter gives the path when it is first needed: finding it may mean installing an environment
 */
export function pythonSyntax(interpreter: () => Promise<string>): PythonSyntax {
  let running: Promise<Parser> | undefined
  const ask = async (code: string): Promise<Reply> => {
    running ??= interpreter().then(startParser)
    const parser = await running
    const reply = await parser.ask(code)
    if (reply === undefined) running = undefined
    return reply ?? { problem: { line: null, column: null, message: 'the parser crashed or took too long' } }
  }
  let last: Promise<unknown> = Promise.resolve()
  return {
    async read(code) {
      const reply = last.then(() => ask(code.toWellFormed()))
      last = reply.catch(() => undefined)
      const said = await reply
      return 'tree' in said ? said : { problem: { rule: 'syntax', ...said.problem } }
    },
  }
}

interface Parser {
  /** @returns undefined when the parser died of the code or took too long; it cannot be asked again */
  ask(code: string): Promise<Reply | undefined>
}

async function startParser(python: string): Promise<Parser> {
  const child = spawn(python, ['-I', '-S', '-u', '-c', reader], {
    env: cleanEnvironment({ PYTHONIOENCODING: 'utf-8' }),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.unref()
  for (const pipe of [child.stdin, child.stdout, child.stderr] as unknown as Socket[]) pipe.unref()
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => void errors.push(String(chunk)))
  child.stdin.on('error', () => undefined) // a dead parser shows in its missing answer
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string | undefined> => {
    const timer = setTimeout(() => void child.kill('SIGKILL'), parseTimeoutSeconds * 1000) // keeps us alive as well
    const { value, done } = await lines.next()
    clearTimeout(timer)
    return done === true ? undefined : value
  }
  const cannotStart = new Promise<never>((_, reject) => void child.once('error', reject))
  cannotStart.catch(() => undefined)
  const ready = await Promise.race([nextLine(), cannotStart]).catch((error: unknown) => void errors.push(String(error)))
  if (ready !== 'ready') {
    child.kill('SIGKILL')
    throw new IsobenchError('prerequisite-missing', `the interpreter cannot read code: ${python}`, {
      hint: 'it must be Python 3.8 or later',
      cause: new Error(errors.join('')),
    })
  }
  return {
    async ask(code) {
      child.stdin.write(`${JSON.stringify(code)}\n`)
      const line = await nextLine()
      return line === undefined ? undefined : (JSON.parse(line) as Reply)
    },
  }
}
