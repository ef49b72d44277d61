import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import { chooseInterpreter } from '../../../plugins/isobench/src/adapters/python.ts'
import { writeOverlay } from '../../../plugins/isobench/src/adapters/wheel-overlay.ts'
import { readWheel } from '../../../plugins/isobench/src/adapters/wheel.ts'
import { makeWheel } from '../../support/wheels.ts'

type Files = Readonly<Record<string, string>>

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isobench-overlay-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function writeTree(name: string, files: Files): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true })
    await writeFile(join(folder, name, path), text)
  }
  return join(folder, name)
}

const contents = `
import base64, csv, hashlib, json, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
record = next(name for name in wheel.namelist() if name.endswith("/RECORD"))
for path, digest, size in csv.reader(wheel.read(record).decode().splitlines()):
    data = wheel.read(path)
    found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    assert path == record or (digest, size) == ("sha256=" + found, str(len(data))), path
assert sorted(row[0] for row in csv.reader(wheel.read(record).decode().splitlines())) == sorted(wheel.namelist())
print(json.dumps({name: wheel.read(name).decode() for name in wheel.namelist() if not name.endswith("/RECORD")}))`

/** Writes an overlay, and reads it whole: every member against the RECORD, which must name all of them. */
async function overlay(wheelFiles: Files, ancestor: Files, commit: Files): Promise<Files | string> {
  const python = (await chooseInterpreter(['>=3.8'])).path
  const wheel = join(folder, 'wheel.whl')
  await writeFile(wheel, await makeWheel({ name: 'sample', version: '1.0', files: wheelFiles }))
  const trees = { ancestorTree: await writeTree('ancestor', ancestor), tree: await writeTree('commit', commit) }
  const output = join(folder, 'overlay.whl')
  const refusal = await writeOverlay({
    wheel,
    ...trees,
    roots: ['', 'src'],
    importName: 'sample',
    version: '1.0+overlay.g98f47f2a4',
    output,
    python,
  })
  if (refusal !== null) return refusal
  expect(await readWheel(output, python)).toMatchObject({ name: 'sample', version: '1.0+overlay.g98f47f2a4' })
  const result = await run(python, ['-I', '-c', contents, output])
  expect(result.stderr).toBe('')
  const files = Object.entries(JSON.parse(result.stdout) as Files)
  return Object.fromEntries(files.filter(([name]) => !name.includes('.dist-info/')))
}

test('files are replaced, added and removed; what only the build makes stays', async () => {
  const tree = { 'sample/__init__.py': '1', 'sample/gone.py': '', 'sample/data/a.json': '1', 'tests/test_a.py': '1' }
  const built = { 'sample/_C.so': 'compiled', 'sample/_version.py': 'made', 'sample/__pycache__/a.pyc': 'stale' }
  const packaged = { 'sample/__init__.py': '1', 'sample/gone.py': '', 'sample/data/a.json': '1' }
  const commit = {
    'sample/__init__.py': '2',
    'sample/data/a.json': '2',
    'sample/data/b.json': 'new',
    'sample/new/core.py': 'new',
    'sample/new/notes.md': 'no file of its kind is packaged',
    'tests/test_a.py': '2',
    'tests/test_b.py': 'outside of the package',
    'setup_helper.py': 'outside of the package',
  }
  expect(await overlay({ ...packaged, ...built }, tree, commit)).toEqual({
    'sample/__init__.py': '2',
    'sample/data/a.json': '2',
    'sample/data/b.json': 'new',
    'sample/new/core.py': 'new',
    'sample/_C.so': 'compiled',
    'sample/_version.py': 'made',
  })
})

test('a package may move to another folder of the tree, and a file that is not packaged stays out', async () => {
  const wheel = { 'sample/__init__.py': '1' }
  const ancestor = { 'sample/__init__.py': '1', 'sample/tests/test_a.py': '1' }
  const moved = { 'src/sample/__init__.py': '2', 'src/sample/tests/test_a.py': '2', 'src/sample/tests/test_b.py': '' }
  expect(await overlay(wheel, ancestor, moved)).toEqual({ 'sample/__init__.py': '2' })
})

test('a single module, and a file outside the package that the wheel has, are replaced', async () => {
  const wheel = { 'sample.py': '1', 'sample_extra.py': '1' }
  const commit = { 'sample.py': '2', 'sample_extra.py': '2' }
  expect(await overlay(wheel, wheel, commit)).toEqual(commit)
})

test.each([
  ['has another file than its tree: sample/core.py', { 'sample/core.py': 'by the build' }, {}],
  ['has another file than its tree: sample/made.py', { 'sample/made.py': 'by the build' }, { 'sample/made.py': 'x' }],
  ['keeps its package in .data', { 'sample-1.0.data/purelib/sample/x.py': '' }, {}],
])('a wheel of the ancestor that %s is refused', async (why, wheel, commit) => {
  const ancestor = { 'sample/__init__.py': '1', 'sample/core.py': '1' }
  const changed = { 'sample/__init__.py': '1', 'sample/core.py': '2', ...commit }
  expect(await overlay({ ...ancestor, ...wheel }, ancestor, changed)).toBe(`the wheel of the ancestor ${why}`)
})

test('a tree without the package is refused', async () => {
  expect(await overlay({ 'sample/__init__.py': '' }, { 'sample/__init__.py': '' }, { 'other.py': '' })).toBe(
    'the tree has no package: sample',
  )
})

test('equal inputs give equal bytes', async () => {
  const files = { 'sample/__init__.py': '1' }
  await overlay(files, files, { 'sample/__init__.py': '2' })
  const first = await readFile(join(folder, 'overlay.whl'))
  await overlay(files, files, { 'sample/__init__.py': '2' })
  expect((await readFile(join(folder, 'overlay.whl'))).equals(first)).toBe(true)
})
