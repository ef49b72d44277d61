import { z } from 'zod'
import type { Diagnostic, Outline } from '../domain/test-rules.ts'
import { IsobenchError } from '../errors.ts'
import { cleanEnvironment, run } from './process.ts'

/** Reads Python code without running any of it. */
export interface PythonSyntax {
  read(code: string): Promise<{ readonly outline: Outline } | { readonly problem: Diagnostic }>
}

const parseTimeoutSeconds = 30

/** Compiles what it reads and says what is there. Only this text is run; the code it reads is data to it. */
const reader = `
import ast, json, sys, warnings
warnings.simplefilter("ignore")
code = sys.stdin.buffer.read().decode("utf-8")
scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

def own_nodes(node):
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, scopes):
            yield from own_nodes(child)

def function(node):
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    generator = any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in own_nodes(node))
    return {"name": node.name, "line": node.lineno, "column": node.col_offset + 1,
            "required": positional - len(arguments.defaults),
            "positional": 1000 if arguments.vararg else positional,
            "requiredKeywords": sum(default is None for default in arguments.kw_defaults),
            "plain": isinstance(node, ast.FunctionDef) and not generator}

def modules(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []

try:
    tree = ast.parse(code, "efficiency_test.py")
    compile(tree, "efficiency_test.py", "exec", dont_inherit=True)
    functions = [function(node) for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    imports = [{"module": name, "line": node.lineno, "column": node.col_offset + 1}
               for node in ast.walk(tree) for name in modules(node)]
    result = {"outline": {"functions": functions, "imports": imports}}
except (SyntaxError, ValueError) as error:
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    result = {"problem": {"line": line or None, "column": column or None, "message": getattr(error, "msg", str(error))}}
except (RecursionError, MemoryError):
    result = {"problem": {"line": None, "column": None, "message": "nested too deeply"}}
json.dump(result, sys.stdout)
`

const position = { line: z.int().positive(), column: z.int().positive() }
const Reading = z.union([
  z.object({
    outline: z.object({
      functions: z.array(
        z.object({
          name: z.string(),
          ...position,
          required: z.int().min(0),
          positional: z.int().min(0),
          requiredKeywords: z.int().min(0),
          plain: z.boolean(),
        }),
      ),
      imports: z.array(z.object({ module: z.string(), ...position })),
    }),
  }),
  z.object({
    problem: z.object({ line: position.line.nullable(), column: position.column.nullable(), message: z.string() }),
  }),
])

/**
 * Syntax by the parser of the interpreter that will run the test, so that `match` is an error for Python 3.9.
 * @param interpreter gives the path when it is first needed: finding it may mean installing an environment
 */
export function pythonSyntax(interpreter: () => Promise<string>): PythonSyntax {
  return {
    async read(code) {
      const python = await interpreter()
      const result = await run(python, ['-I', '-S', '-c', reader], {
        environment: cleanEnvironment({ PYTHONIOENCODING: 'utf-8' }),
        input: code.toWellFormed(),
        timeoutSeconds: parseTimeoutSeconds,
      })
      if (result.exitCode !== 0) return unreadable(python, result.stderr, result.exitCode === null)
      const reading = Reading.parse(JSON.parse(result.stdout))
      return 'outline' in reading ? reading : { problem: { rule: 'syntax', ...reading.problem } }
    },
  }
}

/** A parser that dies or never ends was driven there by the code; one that cannot start was not. */
function unreadable(python: string, stderr: string, killed: boolean): { problem: Diagnostic } {
  if (!killed) {
    throw new IsobenchError('prerequisite-missing', `the interpreter cannot read code: ${python}`, {
      hint: 'it must be Python 3.8 or later',
      cause: new Error(stderr),
    })
  }
  return { problem: { rule: 'syntax', line: null, column: null, message: 'the parser crashed or took too long' } }
}
