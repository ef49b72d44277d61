import type { PythonNode } from '../domain/python-tree.ts'
import type { Diagnostic } from '../domain/test-rules.ts'
import { IsobenchError } from '../errors.ts'
import { type Ask, openConversation } from './conversation.ts'
import { cleanEnvironment } from './process.ts'

/** Reads Python code without running any of it. */
export interface PythonSyntax {
  read(code: string): Promise<{ readonly tree: PythonNode } | { readonly problem: Diagnostic }>
}

const parseTimeoutSeconds = 30
const newline = 10

/** Answers each line (code as JSON) with its tree or what is wrong. Only this text is run. */
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

for request in sys.stdin:
    print(answer(json.loads(request)), flush=True)
`

type Reply = { readonly tree: PythonNode } | { readonly problem: Omit<Diagnostic, 'rule'> }

/**
 * Syntax by the parser of the interpreter that will run the test, so that `match` is an error for Python 3.9. The
 * interpreter stays for further questions: its start takes longer than a hundred answers.
 * @param interpreter gives the path when it is first needed: finding it may mean installing an environment
 */
export function pythonSyntax(interpreter: () => Promise<string>): PythonSyntax {
  let opened: Promise<Ask> | undefined
  return {
    async read(code) {
      opened ??= interpreter().then(openParser)
      const reply = await replyTo(code.toWellFormed(), await opened)
      return 'tree' in reply ? reply : { problem: { rule: 'syntax', ...reply.problem } }
    },
  }
}

async function replyTo(code: string, ask: Ask): Promise<Reply> {
  try {
    return JSON.parse(String(await ask(request(code))))
  } catch (error) {
    if (error instanceof IsobenchError) throw error
    return { problem: { line: null, column: null, message: 'the parser crashed or took too long' } }
  }
}

async function openParser(python: string): Promise<Ask> {
  const ask = openConversation({
    file: python,
    args: ['-I', '-S', '-u', '-c', reader],
    environment: cleanEnvironment({ PYTHONIOENCODING: 'utf-8' }),
    reader: () => (chunk) => chunk.at(-1) === newline,
    timeoutSeconds: parseTimeoutSeconds,
  })
  try {
    await ask(request(''))
    return ask
  } catch (cause) {
    throw new IsobenchError('prerequisite-missing', `the interpreter cannot read code: ${python}`, {
      hint: 'it must be Python 3.8 or later',
      cause,
    })
  }
}

function request(code: string): string {
  return `${JSON.stringify(code)}\n`
}
