import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Environments, createEnvironments } from '../../plugins/isobench/src/adapters/environment-store.ts'
import { type Git, openMirror } from '../../plugins/isobench/src/adapters/git.ts'
import { Repository, type RepositoryInput } from '../../plugins/isobench/src/schema/repository.ts'
import { type TestRepository, createRepository } from './repository.ts'

/** uv is installed once for all tests of this workspace, where the tool itself would put it. */
export const toolsDirectory = join(import.meta.dirname, '..', '..', '.isobench', 'tools')

const buildBackEnd = `
import base64, hashlib, os, pathlib, re, time, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open(os.environ.get("BUILD_COUNTER", os.devnull), "a") as counter:
        counter.write("built\\n")
    text = pathlib.Path("pyproject.toml").read_text()
    name, version = (re.search(key + ' = "(.*)"', text).group(1) for key in ("name", "version"))
    requires = re.findall('"(.*?)"', re.search(r"dependencies = \\[(.*)\\]", text).group(1))
    info = f"{name}-{version}.dist-info"
    files = {str(path): path.read_bytes() for path in sorted(pathlib.Path(name).rglob("*.py"))}
    fields = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Requires-Python: >=3.8"]
    fields += [f"Requires-Dist: {each}" for each in requires]
    files[f"{info}/METADATA"] = ("\\n".join(fields) + "\\n").encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    digest = lambda content: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    rows = [f"{path},sha256={digest(content)},{len(content)}" for path, content in files.items()]
    files[f"{info}/RECORD"] = ("\\n".join(rows + [f"{info}/RECORD,,"]) + "\\n").encode()
    filename = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as archive:
        for path, content in files.items():
            when = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
            mode = os.stat(path).st_mode if os.path.exists(path) else 0o100644
            member = zipfile.ZipInfo(path, when)
            member.external_attr = mode << 16
            archive.writestr(member, content)
    return filename
`

/** The files of a small Python project, whose build back end stands in its tree and needs no download. */
export function projectFiles(options: { version?: string; source?: string; dependencies?: readonly string[] } = {}) {
  const dependencies = (options.dependencies ?? []).map((each) => JSON.stringify(each)).join(', ')
  return {
    'pyproject.toml': [
      '[build-system]\nrequires = []\nbuild-backend = "_build"\nbackend-path = ["."]\n',
      `[project]\nname = "sample"\nversion = "${options.version ?? '1.0'}"\ndependencies = [${dependencies}]\n`,
    ].join('\n'),
    '_build.py': buildBackEnd,
    'sample/__init__.py': options.source ?? 'VALUE = 1\n',
  }
}

type EnvironmentOptions = Parameters<typeof createEnvironments>[0]

/** A repository, a store and what opens them, all in temporary folders. */
export interface PythonProject {
  readonly repository: TestRepository
  readonly storeDirectory: string
  readonly lines: string[]
  /** The repository as a stage gets it. */
  input(settings?: Partial<Repository>): RepositoryInput
  /** The mirror, made at the first call: later commits are not in it. */
  readonly git: () => Promise<Git>
  environments(
    settings?: Partial<Repository>,
    options?: Partial<Pick<EnvironmentOptions, 'storeDirectory' | 'toolsDirectory' | 'cluster'>>,
  ): Environments
  remove(): Promise<void>
}

export async function createPythonProject(): Promise<PythonProject> {
  const [repository, directory] = await Promise.all([createRepository(), mkdtemp(join(tmpdir(), 'isobench-project-'))])
  const storeDirectory = join(directory, 'store')
  const lines: string[] = []
  const log = (line: string) => void lines.push(line)
  await mkdir(storeDirectory)
  let opened: Promise<Git> | undefined
  const project: PythonProject = {
    repository,
    storeDirectory,
    lines,
    input: (settings = {}) => ({
      name: 'sample',
      settings: Repository.parse({
        bundle: 'sample.bundle',
        package: { name: 'sample', import: 'sample' },
        wheels: [{ kind: 'build' }],
        ...settings,
      }),
    }),
    git: () => {
      opened ??= repository
        .bundle(join(directory, 'sample.bundle'))
        .then(() => openMirror({ ...project.input(), directory, storeDirectory: join(directory, 'mirrors'), log }))
      return opened
    },
    environments: (settings, options = {}) => {
      const { git } = project
      return createEnvironments({
        storeDirectory,
        repository: project.input(settings),
        git,
        log,
        toolsDirectory,
        ...options,
      })
    },
    remove: async () => {
      await Promise.all([repository.remove(), rm(directory, { recursive: true, force: true })])
    },
  }
  return project
}
