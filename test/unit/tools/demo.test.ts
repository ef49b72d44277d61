import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTextIfPresent, sha256 } from '../../../plugins/isobench/src/adapters/files.ts'
import { cleanEnvironment, run } from '../../../plugins/isobench/src/adapters/process.ts'
import { parseSettings } from '../../../plugins/isobench/src/domain/settings.ts'
import {
  Commit,
  DatasetSettings,
  GenerationSettings,
  MeasurementSettings,
  Repository,
} from '../../../plugins/isobench/src/schema/index.ts'
import { type Demo, buildDemo, bundleReferences, git, gitOfTheBundle } from '../../../tools/demo/build.ts'
import { demoFiles } from '../../../tools/demo/files.ts'

const workspace = join(import.meta.dirname, '../../..')
const commits = join(workspace, 'commits/demo')
let work: string
let demo: Demo
let clone: string

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'isobench-demo-test-'))
  demo = await buildDemo(join(work, 'build'))
  clone = join(work, 'clone')
  await git(work, ['clone', '--quiet', join(commits, 'repository.bundle'), clone])
})

afterAll(async () => {
  await rm(work, { recursive: true, force: true })
})

test('the bundle is rebuilt byte for byte, or hash for hash where another git packs it', async () => {
  const present = await readFile(join(commits, 'repository.bundle'))
  expect(bundleReferences(demo.bundle)).toBe(bundleReferences(present))
  if ((await git(work, ['--version'])).trim() === gitOfTheBundle) expect(sha256(demo.bundle)).toBe(sha256(present))
  expect(present.length).toBeLessThan(100_000)
})

test('the bundle is whole and its default branch is main', async () => {
  await git(clone, ['bundle', 'verify', join(commits, 'repository.bundle')])
  await git(clone, ['fsck', '--strict'])
  expect((await git(clone, ['symbolic-ref', 'HEAD'])).trim()).toBe('refs/heads/main')
  const log = await git(clone, ['log', '--reverse', '--format=%H'])
  expect(log.trim().split('\n')).toEqual([...demo.commits.values()])
})

test('each commit.yaml and efficiency_test.py stands in commits/demo as in the history, and no other', async () => {
  const expected = await demoFiles(demo)
  for (const [path, content] of expected) {
    if (path !== 'repository.bundle') expect(await readTextIfPresent(join(commits, path))).toBe(content.toString())
  }
  const folders = (await readdir(commits)).filter((name) => /^[0-9a-f]{8}$/.test(name))
  const expectedFolders = [...expected.keys()]
    .filter((path) => path.endsWith('/commit.yaml'))
    .map((path) => path.slice(0, 8))
  expect(folders.toSorted()).toEqual(expectedFolders.toSorted())
})

test('every settings file fits its schema', async () => {
  await parse(Repository, 'commits/demo/repository.yaml')
  await parse(GenerationSettings, 'commits/demo/generation.yaml')
  await parse(MeasurementSettings, 'commits/demo/measurement.yaml')
  await parse(DatasetSettings, 'datasets/demo/dataset.yaml')
  for (const { folder, settings } of await projects()) {
    expect(settings.head.slice(0, 8)).toBe(folder)
    expect([...demo.commits.values()]).toEqual(expect.arrayContaining([settings.head, settings.base ?? settings.head]))
  }
})

test("the library's own tests pass at the last revision", async () => {
  const { exitCode, stderr } = await python(['-m', 'unittest'], clone)
  expect(stderr).toMatch(/^Ran \d\d tests in/m)
  expect(exitCode).toBe(0)
})

test('building a commit twice gives equal wheels, the same on every machine', async () => {
  const wheels: string[] = []
  while (wheels.length < 2) {
    const source = await extract(demo.commits.get('01-start')!)
    const program = `import sys; sys.path.insert(0, "_backend"); import _build; print(_build.build_wheel("."))`
    const { stdout, stderr } = await python(['-c', program], source)
    expect(stderr).toBe('')
    wheels.push(sha256(await readFile(join(source, stdout.trim()))))
  }
  expect(wheels[0]).toBe(wheels[1])
  expect(wheels[0]).toMatchInlineSnapshot(`"7bbb62d0b34280f7f1a567e280431e9951eca37c22ca22a403f58a2fcc98c234"`)
})

test('each reviewed test runs on both sides and shows what its commit is there for', async () => {
  const shown: Record<string, string> = {}
  for (const { folder, settings } of await projects()) {
    const script = join(commits, folder, 'efficiency_test.py')
    if ((await readTextIfPresent(script)) === undefined) continue
    const base = settings.base ?? (await git(clone, ['rev-parse', `${settings.head}^`])).trim()
    const [before, after] = [await digest(script, base), await digest(script, settings.head)]
    const subject = (await git(clone, ['log', '-1', '--format=%s', settings.head])).trim()
    shown[subject] = before === after ? 'equal output' : after.startsWith('TypeError') ? after : 'other output'
  }
  expect(shown).toMatchInlineSnapshot(`
    {
      "counts: slice n-grams from a tuple": "equal output",
      "index: fix TypeError when documents tie": "equal output",
      "index: look words up instead of scanning all documents": "equal output",
      "index: rank with a heap": "TypeError: '<' not supported between instances of 'Document' and 'Document'",
      "normalise: go on until nothing changes": "equal output",
      "normalise: leave ASCII alone; put the licence into the wheel": "equal output",
      "similarity: skip pairs of very unequal size": "other output",
      "table: split rows without quotes": "equal output",
      "template: compile once; move the library to python/": "equal output",
      "template: raise MissingValue for names without a value": "equal output",
      "tokens: split sentences with one expression": "equal output",
    }
  `)
})

async function parse(schema: Parameters<typeof parseSettings>[0], path: string): Promise<void> {
  parseSettings(schema, await readFile(join(workspace, path), 'utf8'), path)
}

async function projects(): Promise<{ folder: string; settings: Commit }[]> {
  const folders = (await readdir(commits)).filter((name) => /^[0-9a-f]{8}$/.test(name))
  return Promise.all(
    folders.map(async (folder) => {
      const path = join(commits, folder, 'commit.yaml')
      return { folder, settings: parseSettings(Commit, await readFile(path, 'utf8'), path) }
    }),
  )
}

/** SHA-256 of what the test computes at a commit, or the last line of the error. */
async function digest(script: string, commit: string): Promise<string> {
  const source = await extract(commit)
  const program = `
import hashlib, json, os, runpy, sys
sys.path[:0] = ["python" if os.path.isdir("python") else "."]
test = runpy.run_path(sys.argv[1])
result = test["digest"](test["experiment"](test["setup"]()))
print(hashlib.sha256(json.dumps(result).encode()).hexdigest())`
  const { stdout, stderr } = await python(['-c', program, script], source)
  return stderr === '' ? stdout.trim() : stderr.trim().split('\n').at(-1)!
}

/** Checks a commit out into a folder of its own. */
async function extract(commit: string): Promise<string> {
  const folder = await mkdtemp(join(work, 'tree-'))
  await git(clone, ['worktree', 'add', '--quiet', '--detach', folder, commit])
  return folder
}

async function python(args: string[], folder: string) {
  return run('python3', args, { cwd: folder, environment: cleanEnvironment({ PYTHONDONTWRITEBYTECODE: '1' }) })
}
