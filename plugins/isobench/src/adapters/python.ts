import { readdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fitsPython } from '../domain/python-version.ts'
import { IsobenchError } from '../errors.ts'
import { cleanEnvironment, run } from './process.ts'

/** A Python interpreter that ran and said what it is. */
export interface Interpreter {
  /** The real executable, not a link or shim, and never one of a virtual environment */
  readonly path: string
  /** e.g. `3.11.7` */
  readonly version: string
  /** e.g. `linux-x86_64` */
  readonly platform: string
}

const question = `
import json, os, platform, sys, sysconfig
print(json.dumps({
    "path": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
    "home": sys.base_prefix,
    "version": platform.python_version(),
    "platform": sys.platform + "-" + platform.machine().lower(),
    "usable": platform.python_implementation() == "CPython" and not sysconfig.get_config_var("Py_GIL_DISABLED"),
}))`

interface Answer extends Interpreter {
  readonly home: string
  readonly usable: boolean
}

/**
 * The interpreters that are really there, found by running them: `python3` on the search path first, then the ones
 * that a version manager keeps beside it, newest first, then every other `python3.N` on the path. Each comes once.
 * Only CPython with its lock counts: other builds need other wheels and time differently.
 */
export async function* findInterpreters(searchPath = process.env['PATH'] ?? ''): AsyncGenerator<Interpreter> {
  const seen = new Set<string>()
  for (const onPath of await candidates(searchPath)) {
    const answer = await ask(onPath)
    if (answer === undefined) continue
    for (const each of [onPath, ...(await siblings(answer.home))]) {
      const found = each === onPath ? answer : await ask(each)
      if (found === undefined || !found.usable || seen.has(found.path)) continue
      seen.add(found.path)
      yield { path: found.path, version: found.version, platform: found.platform }
    }
  }
}

/**
 * The first interpreter that fits all version specifiers.
 * @param specifiers e.g. `==3.11.*` for a wish, and the `Requires-Python` of each wheel
 * @throws IsobenchError `prerequisite-missing`, which lists the versions that are there
 */
export async function chooseInterpreter(
  specifiers: readonly string[],
  found: AsyncIterable<Interpreter> = knownInterpreters(process.env['PATH'] ?? ''),
): Promise<Interpreter> {
  const versions: string[] = []
  for await (const interpreter of found) {
    if (specifiers.every((specifier) => fitsPython(interpreter.version, specifier))) return interpreter
    versions.push(interpreter.version)
  }
  const wanted = [...new Set(specifiers.filter((specifier) => specifier !== ''))].join(', ')
  const there = versions.length === 0 ? 'none' : versions.join(', ')
  throw new IsobenchError(
    'prerequisite-missing',
    `no Python that fits ${wanted === '' ? '3' : wanted}, found: ${there}`,
    {
      hint: 'install one and put it on PATH, or set `python` in commit.yaml or repository.yaml to one that is there',
    },
  )
}

const known = new Map<string, AsyncIterable<Interpreter>>()

/** The interpreters of a search path, each asked once in the life of this process. */
function knownInterpreters(searchPath: string): AsyncIterable<Interpreter> {
  const remembered = known.get(searchPath) ?? replay(findInterpreters(searchPath))
  known.set(searchPath, remembered)
  return remembered
}

/** Gives everyone who iterates the same values; each is produced once, when somebody first asks for it. */
function replay<Value>(source: AsyncGenerator<Value>): AsyncIterable<Value> {
  const results: Promise<IteratorResult<Value>>[] = []
  return {
    async *[Symbol.asyncIterator]() {
      for (let index = 0; ; index++) {
        const result = await (results[index] ??= source.next())
        if (result.done === true) return
        yield result.value
      }
    },
  }
}

/** `python3` of every folder on the path, then every `python3.N`. */
async function candidates(searchPath: string): Promise<string[]> {
  const folders = [...new Set(searchPath.split(delimiter).filter((folder) => folder.startsWith('/')))]
  const listed = await Promise.all(folders.map(async (folder) => ({ folder, names: await list(folder) })))
  const pick = (pattern: RegExp) =>
    listed.flatMap(({ folder, names }) => names.filter((name) => pattern.test(name)).map((name) => join(folder, name)))
  return [...pick(/^python3$/), ...pick(/^python3\.\d+$/)]
}

/** The interpreters that stand beside one in a version manager's folder: `…/versions/3.11.7` beside `…/versions/3.12.1`. */
async function siblings(home: string): Promise<string[]> {
  const folder = dirname(home)
  if (folder === '/' || home === '/usr/local') return []
  const names = await list(folder)
  const newestFirst = names.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const managed = newestFirst.map((name) => join(folder, name, 'bin'))
  const there = await Promise.all(managed.map(async (bin) => (await list(bin)).includes('python3')))
  return managed.filter((_, index) => there[index]).map((bin) => join(bin, 'python3'))
}

/** The names in a folder, in order; none when it cannot be listed. */
async function list(folder: string): Promise<string[]> {
  return readdir(folder).then(
    (names) => names.toSorted(),
    () => [],
  )
}

/** What an interpreter says of itself; undefined when it does not run (a shim without a version behind it, Python 3.3). */
async function ask(path: string): Promise<Answer | undefined> {
  const result = await run(path, ['-I', '-S', '-c', question], { environment: cleanEnvironment(), timeoutSeconds: 20 })
  return result.exitCode === 0 ? (JSON.parse(result.stdout) as Answer) : undefined
}
