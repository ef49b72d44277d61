import type { Signatures } from '../domain/signature-list.ts'
import { IsobenchError } from '../errors.ts'
import type { Interpreters } from '../schema/run-bundle.ts'
import { sitePackagesOf } from './environment-layout.ts'
import { cleanEnvironment, run } from './process.ts'

const timeoutSeconds = 60

/** Reads files of an environment as text and follows its re-exports. Nothing that is installed is imported or run. */
const reader = `
import ast, json, os, sys, warnings
warnings.simplefilter("ignore")
site, names = json.load(sys.stdin)
trees = {}

def tree_of(module):
    """The tree of a module and whether it is a package; None where there is no such file of Python."""
    if module not in trees:
        path = os.path.join(site, *module.split("."))
        trees[module] = None
        for file, is_package in ((path + "/__init__.py", True), (path + ".py", False), (path + ".pyi", False)):
            if os.path.isfile(file):
                try:
                    with open(file, "rb") as source:
                        trees[module] = ast.parse(source.read()), is_package
                except (SyntaxError, ValueError, RecursionError):
                    pass
                break
    return trees[module]

def statements(body):
    """All statements of a body, also below \`if\`, \`try\` and \`with\`."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody", "handlers"):
            if isinstance(node, (ast.If, ast.Try, ast.With, ast.ExceptHandler)):
                yield from statements(getattr(node, field, []))

def find(module, parts, hops=8):
    """(node, class it is in or None, module) of a name in a module, by way of re-exports."""
    found = tree_of(module)
    if found is None or not parts or hops == 0:
        return None
    tree, is_package = found
    result = None
    for node in statements(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == parts[0] and len(parts) == 1:
            result = node, None, module
        elif isinstance(node, ast.ClassDef) and node.name == parts[0]:
            result = (node, None, module) if len(parts) == 1 else member(node, module, parts[1:], hops)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == parts[0]:
                    origin = absolute(module, is_package, node)
                    result = locate(origin.split(".") + [alias.name] + parts[1:], hops - 1) or result
    return result

def absolute(module, is_package, node):
    if node.level == 0:
        return node.module
    base = module.split(".")
    base = base[: len(base) - node.level + is_package]
    return ".".join(base + ([node.module] if node.module else []))

def member(owner, module, parts, hops):
    found = None
    for node in statements(owner.body):  # the last of its name: what comes before are overloads
        if getattr(node, "name", None) == parts[0]:
            if isinstance(node, ast.ClassDef):
                found = (node, None, module) if len(parts) == 1 else member(node, module, parts[1:], hops)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and len(parts) == 1:
                found = node, owner, module
    if found:
        return found
    for base in owner.bases:
        name = dotted(base)
        above = find(module, name, hops - 1) if name else None
        if above and isinstance(above[0], ast.ClassDef) and above[0] is not owner:
            inherited = member(above[0], above[2], parts, hops - 1)
            if inherited:
                return inherited
    return None

def dotted(node):
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        above = dotted(node.value)
        return above + [node.attr] if above else None
    return None

def locate(parts, hops=8):
    for length in range(len(parts) - 1, 0, -1):
        if tree_of(".".join(parts[:length])) is not None:
            return find(".".join(parts[:length]), parts[length:], hops)
    return None

def header(node):
    """\`def name(…) -> …\`, with the decorators that change how it is called."""
    if not hasattr(ast, "unparse"):
        return "def %s(%s)" % (node.name, ", ".join(each.arg for each in node.args.args))
    kept = [ast.unparse(each) for each in node.decorator_list]
    kept = ["@%s " % each for each in kept if each in ("staticmethod", "classmethod", "property")]
    returns = " -> " + ast.unparse(node.returns) if node.returns else ""
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return "%s%s %s(%s)%s" % ("".join(kept), kind, node.name, ast.unparse(node.args), returns)

def describe(node, module):
    if not isinstance(node, ast.ClassDef):
        return [header(node)]
    bases = [".".join(dotted(each) or ["..."]) for each in node.bases]
    lines = ["class %s%s" % (node.name, "(%s)" % ", ".join(bases) if bases else "")]
    start = member(node, module, ["__init__"], 8)
    if start is None and hasattr(ast, "unparse"):  # a dataclass or the like: its fields are its parameters
        lines += [ast.unparse(each) for each in node.body if isinstance(each, ast.AnnAssign)]
    methods = [each for each in node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
    public = {each.name: each for each in methods if not each.name.startswith("_") or each.name == "__call__"}
    return lines + ([header(start[0])] if start else []) + [header(each) for each in public.values()]

def signature(name):
    found = locate(name.split("."))
    return found and [line[:500] for line in describe(found[0], found[2])[:25]]

json.dump({name: signature(name) for name in names}, sys.stdout)
`

/**
 * The signatures of dotted names as they are installed on both sides. A name that is no Python there, or made at run
 * time, has none.
 * @param interpreters gives the environments when they are first needed
 */
export function installedSignatures(
  interpreters: () => Promise<Interpreters>,
): (names: readonly string[]) => Promise<Signatures> {
  return async (names) => {
    if (names.length === 0) return { base: {}, head: {} }
    const { base, head } = await interpreters()
    const [ofBase, ofHead] = await Promise.all([base, head].map((python) => ask(python, names)))
    return { base: ofBase!, head: ofHead! }
  }
}

async function ask(python: string, names: readonly string[]): Promise<Signatures['base']> {
  const { sitePackages } = await sitePackagesOf(python)
  const result = await run(python, ['-I', '-S', '-c', reader], {
    environment: cleanEnvironment({ PYTHONIOENCODING: 'utf-8' }),
    input: JSON.stringify([sitePackages, names]),
    timeoutSeconds,
  })
  if (result.exitCode === 0) return JSON.parse(result.stdout) as Signatures['base']
  throw new IsobenchError('corrupt-artifact', `cannot read what is installed: ${sitePackages}`, {
    hint: 'delete the environment store and run the target again',
    cause: new Error(result.stderr),
  })
}
