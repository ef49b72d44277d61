import type { BuildFailure, BuildJob } from './installer.ts'
import { type ProcessOptions, type ProcessResult, run } from './process.ts'

/** What to do where a build cannot be sent. */
export const buildHereHint = 'without `build` in runner.yaml, wheels are built on this machine'

/** What another machine needs to do a build without a network. */
export interface PreparedBuild {
  /** The one file of uv, which runs anywhere on this platform */
  readonly program: string
  /** Requirement specifiers of the build, those among them that the back end names when it is asked */
  readonly requirements: readonly string[]
}

/** As PEP 517 and 518 say, and for a project without `[build-system]`. It runs where pip is, which has a parser. */
const read = `
import json
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
try:
    with open("pyproject.toml", "rb") as file:
        system = tomllib.load(file).get("build-system", {"requires": ["setuptools>=40.8.0"]})
except FileNotFoundError:
    system = {"requires": ["setuptools>=40.8.0"]}
print(json.dumps({
    "requires": system["requires"],
    "backend": system.get("build-backend", "setuptools.build_meta:__legacy__"),
    "path": system.get("backend-path", []),
}))`

const ask = `
import contextlib, importlib, json, os, sys, traceback
system = json.loads(sys.argv[1])
more = []
try:
    with contextlib.redirect_stdout(sys.stderr):
        sys.path[:0] = [os.path.abspath(path) for path in system["path"]]
        module, _, name = system["backend"].partition(":")
        backend = importlib.import_module(module)
        for part in name.split(".") if name else []:
            backend = getattr(backend, part)
        more = list(getattr(backend, "get_requires_for_build_wheel", list)())
except (Exception, SystemExit):
    traceback.print_exc()
print(json.dumps({"program": os.environ["UV"], "requirements": system["requires"] + more}))`

/**
 * Asks a source tree what its build requires. Its back end runs for that, in an environment of its own. One that fails
 * here, for want of a compiler perhaps, is asked again where it builds.
 * @param uv runs uv to its end
 * @param failure reads why it does not build: what it requires is not to be had
 */
export async function prepareBuild(
  job: Omit<BuildJob, 'output'>,
  uv: (args: readonly string[], options: ProcessOptions) => Promise<ProcessResult>,
  failure: (result: ProcessResult) => BuildFailure | null,
): Promise<PreparedBuild | BuildFailure> {
  const described = await run(job.python.path, ['-I', '-c', read], { cwd: job.source })
  const nothing = { requires: [], backend: '', path: [] }
  const system = described.exitCode === 0 ? JSON.parse(described.stdout) : nothing // uv says what is wrong, on the node
  const packages = (system.requires as string[]).flatMap((requirement) => ['--with', requirement])
  const own = [
    '--no-project',
    '--isolated',
    '--no-env-file',
    '--python',
    job.python.path,
    '--exclude-newer',
    job.cutoff,
  ]
  const python = ['python', '-I', '-c', ask, JSON.stringify(system)]
  const answer = await uv(['run', ...own, ...packages, '--', ...python], {
    cwd: job.source,
    environment: job.variables,
  })
  return failure(answer) ?? JSON.parse(answer.stdout.trimEnd().split('\n').at(-1)!)
}
