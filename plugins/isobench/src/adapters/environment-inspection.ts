import { dirname } from 'node:path'
import type { InstalledFacts } from '../domain/identity.ts'
import { IsobenchError } from '../errors.ts'
import { cleanEnvironment, run } from './process.ts'

const question = `
import base64, csv, hashlib, importlib.metadata, importlib.util, io, json, os, re, sys, sysconfig, zipfile
distribution, package, wheel, environment = sys.argv[1:]
if os.path.realpath(sys.prefix) != os.path.realpath(environment):
    sys.exit("the interpreter is not that of the environment, but of " + sys.prefix)
site = sysconfig.get_path("purelib")

def installed_path(member):
    top, _, rest = member.partition("/")
    if not top.endswith(".data"):
        return member
    scheme, _, rest = rest.partition("/")
    return rest if scheme in ("purelib", "platlib") else None

def recorded():
    with zipfile.ZipFile(wheel) as archive:
        record = next(n for n in archive.namelist() if n.count("/") == 1 and n.endswith(".dist-info/RECORD"))
        for row in csv.reader(io.StringIO(archive.read(record).decode())):
            path = installed_path(row[0]) if row else None
            if path is not None and row[1] and not path.endswith(".dist-info/INSTALLER"):
                yield path, row[1]

def digest(path, algorithm):
    state = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            state.update(block)
    return base64.urlsafe_b64encode(state.digest()).rstrip(b"=").decode()

def differs(path, expected):
    algorithm, _, value = expected.partition("=")
    file = os.path.join(site, path)
    return not os.path.isfile(file) or digest(file, algorithm) != value

def module_file():
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.origin:
        return None
    path = os.path.relpath(spec.origin, site)
    return path if not path.startswith(os.pardir) else "outside of the environment: " + os.path.basename(path)

def torch_cuda():
    path = os.path.join(site, "torch", "version.py")
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        found = re.search(r"""^cuda\\b[^=\\n]*= *['"]([0-9.]+)['"]""", file.read(), re.MULTILINE)
    return found and found.group(1)

pattern = r"""['"](?:g([0-9a-f]{7,40})|([0-9a-f]{40})|[^'"+]*\\+(?:[a-z0-9]+\\.)*g([0-9a-f]{7,40})(?:\\.[^'"]*)?)['"]"""

def commit_ids(folder):
    for name in ("commit_id.py", "_commit_id.py", "_version.py"):
        path = os.path.join(site, folder, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                for match in re.finditer(pattern, file.read()):
                    yield next(group for group in match.groups() if group)

try:
    found = importlib.metadata.distribution(distribution)
except importlib.metadata.PackageNotFoundError:
    found = None
record = dict(recorded())
module = module_file()
names = {}
for each in importlib.metadata.distributions():
    names[re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower()] = each.version
print(json.dumps({
    "version": found and found.version,
    "packages": names,
    "directUrl": found and json.loads(found.read_text("direct_url.json") or "{}").get("url"),
    "moduleFile": module,
    "torchCuda": torch_cuda(),
    "commitIds": sorted(set(commit_ids(os.path.dirname(module)))) if module else [],
    "recordedFiles": sorted(record),
    "differingFiles": sorted(path for path, expected in record.items() if differs(path, expected)),
}))`

/**
 * Asks an environment what it holds. It is asked in isolated mode, so neither the current folder nor variables can
 * shadow what is installed, and the package itself is not run.
 * @param python interpreter of the environment
 * @param wheel the wheel file that its files are compared with
 * @param emptyFolder where the question is asked
 */
export async function inspectEnvironment(
  python: string,
  distribution: string,
  importName: string,
  wheel: string,
  emptyFolder: string,
): Promise<InstalledFacts> {
  const environment = dirname(dirname(python))
  const result = await run(python, ['-I', '-B', '-c', question, distribution, importName, wheel, environment], {
    cwd: emptyFolder,
    environment: cleanEnvironment(),
    timeoutSeconds: 600,
  })
  if (result.exitCode === 0) return JSON.parse(result.stdout) as InstalledFacts
  throw new IsobenchError(
    'corrupt-artifact',
    `cannot inspect the environment: ${result.stderr.trim().split('\n').at(-1)}`,
    {
      hint: 'delete the environment store and run the target again',
      cause: result.stderr,
    },
  )
}
