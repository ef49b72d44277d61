import { join } from 'node:path'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Preflight } from '../../plugins/isobench/src/schema/preflight.ts'
import { type TestRepository, createRepository } from '../support/repository.ts'
import { type Layout, layouts, serve, versionOf } from '../support/wheel-eras.ts'
import { type WheelHost, startWheelHost } from '../support/wheel-host.ts'
import { makeWheel } from '../support/wheels.ts'
import { type Workspace, createWorkspace } from '../support/workspace.ts'

let repository: TestRepository
let host: WheelHost
let workspace: Workspace
/** Where the wheel of the head is that cannot be reached */
let broken: string

beforeAll(async () => {
  ;[repository, host, workspace] = await Promise.all([createRepository(), startWheelHost(), createWorkspace()])
  const versions: Record<string, string> = {}
  const add = async (layout: Layout, source: string) => {
    const files = { 'vllm/version.py': '__version__ = "0.5.3"\n', 'vllm/__init__.py': source }
    const hash = await repository.commit({ files, message: `${source}\n` })
    const wheel = await makeWheel({ name: 'vllm', version: versionOf(hash, layout), files: { 'vllm/a.py': source } })
    serve(host, hash, layout, wheel)
    return hash
  }
  const project = (hash: string, more = '') =>
    workspace.write(`commits/vllm/${hash.slice(0, 8)}/commit.yaml`, `head: '${hash}'\n${more}`)

  await project(await add('metadata.json', 'root')) // the first commit: no base
  for (const { layout } of layouts) {
    await add(layout, `${layout}, base`)
    await project(await add(layout, `${layout}, head`))
  }
  await project(await add('metadata.json', 'its base is the head above'))
  await project(await add('none', 'no wheel of head'))

  await add('page', 'base of 500')
  const unreachable = await add('constant name', 'head of 500')
  await project(unreachable)
  broken = `/${unreachable}/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl`
  host.faults.set(broken, { status: 500 })

  const twins = [await add('constant name', 'a'), await add('constant name', 'b')]
  for (const hash of twins) {
    serve(host, hash, 'constant name', await makeWheel({ name: 'vllm', version: '0.6.3', files: { 'vllm/a.py': '' } }))
  }
  await project(twins[1]!)

  const mislabelled = await add('page', 'another commit')
  const other = await makeWheel({ name: 'vllm', version: `0.6.4.dev1+g${twins[0]!.slice(0, 9)}`, files: {} })
  serve(host, mislabelled, 'page', other)
  await project(mislabelled, `base: '${twins[0]}'\n`)

  const released = await add('none', 'only a release')
  versions[released] = '0.7.0'
  host.files.set('/simple/vllm/', '<a href="vllm-0.7.0-py3-none-any.whl">x</a>')
  host.files.set('/simple/vllm/vllm-0.7.0-py3-none-any.whl', await makeWheel({ name: 'vllm', version: '0.7.0' }))
  await project(released, `base: '${twins[0]}'\n`)

  await project('0123456789'.repeat(4)) // no such commit
  await project(`9${'0'.repeat(39)}`, 'bases: none\n') // no such setting

  const settings = {
    bundle: 'repository.bundle',
    package: { name: 'vllm', import: 'vllm' },
    python: '3.11',
    wheels: [
      { kind: 'wheel-index', urls: [host.url] },
      { kind: 'release', index: `${host.url}/simple`, versions },
    ],
  }
  await workspace.write('commits/vllm/repository.yaml', JSON.stringify(settings))
  await repository.bundle(join(workspace.directory, 'commits/vllm/repository.bundle'))

  const built = await repository.commit({ files: { 'pyproject.toml': '[project]\nname = "vllm"\n' } })
  const head = await repository.commit({ files: { 'vllm/__init__.py': 'built' } })
  await workspace.write(`commits/built/${head.slice(0, 8)}/commit.yaml`, `head: '${head}'\nbase: '${built}'\n`)
  await workspace.write('commits/built/repository.yaml', JSON.stringify({ ...settings, wheels: [{ kind: 'build' }] }))
  await repository.bundle(join(workspace.directory, 'commits/built/repository.bundle'))
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'commits')
})

afterAll(async () => {
  await Promise.all([workspace.remove(), repository.remove(), host.close()])
})

/** What a person reads, with the port of the host taken out and what depends on the time. */
function shown(output: string): string {
  const lines = output.replaceAll(host.url, 'http://HOST').split('\n')
  return lines.filter((line) => !/^probed |: copying the repository, /.test(line)).join('\n')
}

it('says which commits can be installed, by which rung, and why the others cannot', async () => {
  const { exitCode, output } = await workspace.nx(['g', 'nx-isobench:probe'])
  expect(shown(output)).toMatchInlineSnapshot(`
    "
     NX  Generating nx-isobench:probe

    commits      16
    known        13  bad-input 1, commit-not-found 1, no-base 1
    base found   12  wheel-missing 1
    head found   9   network 1, wheel-missing 1, version-mismatch 1
    same rung    8   different-rungs 1
    installable  7   same-wheel 1

    installable by rung: wheel-index 6, build 1
      built-0440858e  build
      vllm-5145d66f   wheel-index  0.6.4.dev1+g24be58a39 -> 0.6.4.dev1+g5145d66fa
      vllm-a4780bb7   wheel-index  0.6.4.dev1+g0af6ecb52 -> 0.6.4.dev1+ga4780bb7b
      vllm-ca272fe2   wheel-index  0.5.3 -> 0.5.3
      vllm-cdf15989   wheel-index  0.5.3 -> 0.5.3
      vllm-e3825611   wheel-index  0.6.4.dev1+g21d07bff1 -> 0.6.4.dev1+ge38256113
      vllm-f82201d7   wheel-index  0.6.4.dev1+ge38256113 -> 0.6.4.dev1+gf82201d73

    bad-input: 1
      vllm-90000000: commits/vllm/90000000/commit.yaml:2:1: unknown key at \`bases\`
      hint: docs/settings.md lists the keys of this file

    commit-not-found: 1
      vllm-01234567: commits/vllm/01234567/commit.yaml:1:7: no such commit in the repository: 0123456789012345678901234567890123456789
      hint: the repository is that of \`bundle: repository.bundle\` in repository.yaml

    no-base: 1
      vllm-f255c6cd: the commit has no parent: f255c6cd5754db5685e4d4fbcb90b41d50a11ca4
      hint: Name a \`base\` in \`commit.yaml\`.

    wheel-missing: 2
      vllm-59de064f: no wheel source has 59052ab63accd92412dad3a7ca0bce7f5e6332ab, places tried: 6
        base  wheel-index  HTTP 404  http://HOST/59052ab63accd92412dad3a7ca0bce7f5e6332ab/vllm/metadata.json
        base  wheel-index  HTTP 404  http://HOST/59052ab63accd92412dad3a7ca0bce7f5e6332ab/vllm/
        base  wheel-index  HTTP 404  http://HOST/59052ab63accd92412dad3a7ca0bce7f5e6332ab/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl
        base  wheel-index  HTTP 404  http://HOST/59052ab63accd92412dad3a7ca0bce7f5e6332ab/vllm-0.5.3-cp38-abi3-manylinux1_x86_64.whl
        base  wheel-index  HTTP 404  http://HOST/59052ab63accd92412dad3a7ca0bce7f5e6332ab/vllm-0.5.3-cp311-cp311-manylinux1_x86_64.whl
        base  release      no version is set for this commit  commit:59052ab63accd92412dad3a7ca0bce7f5e6332ab
      vllm-fbbf200a: no wheel source has fbbf200ab8ef9948c8a673303835c7821812a980, places tried: 6
        head  wheel-index  HTTP 404  http://HOST/fbbf200ab8ef9948c8a673303835c7821812a980/vllm/metadata.json
        head  wheel-index  HTTP 404  http://HOST/fbbf200ab8ef9948c8a673303835c7821812a980/vllm/
        head  wheel-index  HTTP 404  http://HOST/fbbf200ab8ef9948c8a673303835c7821812a980/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl
        head  wheel-index  HTTP 404  http://HOST/fbbf200ab8ef9948c8a673303835c7821812a980/vllm-0.5.3-cp38-abi3-manylinux1_x86_64.whl
        head  wheel-index  HTTP 404  http://HOST/fbbf200ab8ef9948c8a673303835c7821812a980/vllm-0.5.3-cp311-cp311-manylinux1_x86_64.whl
        head  release      no version is set for this commit  commit:fbbf200ab8ef9948c8a673303835c7821812a980
      hint: Add a rung to \`wheels\` in \`repository.yaml\`: \`ancestor-overlay\`, \`release\` or \`build\`.

    network: 1
      vllm-72c6cb18: cannot reach http://HOST/72c6cb1811ed5720532b1cc2c97bcb5e94bbae88/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl: HTTP 500
      hint: check the network and the \`wheels\` in repository.yaml, then run it again

    version-mismatch: 1
      vllm-6585c6ab: wanted commit 6585c6ab01055b8fe08d48bde68f83971da33744, the version says: 0.6.4.dev1+g7ff30ea18
        head  wheel-index  HTTP 404  http://HOST/6585c6ab01055b8fe08d48bde68f83971da33744/vllm/metadata.json
        head  wheel-index  mismatch: wanted commit 6585c6ab01055b8fe08d48bde68f83971da33744, the version says: 0.6.4.dev1+g7ff30ea18  http://HOST/6585c6ab01055b8fe08d48bde68f83971da33744/vllm-0.6.4.dev1%2Bg6585c6ab0-cp38-abi3-manylinux1_x86_64.whl
        head  wheel-index  mismatch: wanted commit 6585c6ab01055b8fe08d48bde68f83971da33744, the version says: 0.6.4.dev1+g7ff30ea18  http://HOST/6585c6ab01055b8fe08d48bde68f83971da33744/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl
        head  wheel-index  HTTP 404  http://HOST/6585c6ab01055b8fe08d48bde68f83971da33744/vllm-0.5.3-cp38-abi3-manylinux1_x86_64.whl
        head  wheel-index  HTTP 404  http://HOST/6585c6ab01055b8fe08d48bde68f83971da33744/vllm-0.5.3-cp311-cp311-manylinux1_x86_64.whl
        head  release      no version is set for this commit  commit:6585c6ab01055b8fe08d48bde68f83971da33744
      hint: Compare \`package\`, \`wheels\` and \`versions\` in \`repository.yaml\` with what the source has.

    different-rungs: 1
      vllm-9b0a02f6: base comes by wheel-index, head by: release
        base  wheel-index  HTTP 404  http://HOST/7ff30ea188612eb83886bfeb3959b123666b2ed2/vllm/metadata.json
        base  wheel-index  HTTP 404  http://HOST/7ff30ea188612eb83886bfeb3959b123666b2ed2/vllm/
        base  wheel-index  HTTP 200  http://HOST/7ff30ea188612eb83886bfeb3959b123666b2ed2/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl
        base  release      no version is set for this commit  commit:7ff30ea188612eb83886bfeb3959b123666b2ed2
        head  wheel-index  HTTP 404  http://HOST/9b0a02f67e6de3b46ce45a312a5610b2f96bfd8a/vllm/metadata.json
        head  wheel-index  HTTP 404  http://HOST/9b0a02f67e6de3b46ce45a312a5610b2f96bfd8a/vllm/
        head  wheel-index  HTTP 404  http://HOST/9b0a02f67e6de3b46ce45a312a5610b2f96bfd8a/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl
        head  wheel-index  HTTP 404  http://HOST/9b0a02f67e6de3b46ce45a312a5610b2f96bfd8a/vllm-0.5.3-cp38-abi3-manylinux1_x86_64.whl
        head  wheel-index  HTTP 404  http://HOST/9b0a02f67e6de3b46ce45a312a5610b2f96bfd8a/vllm-0.5.3-cp311-cp311-manylinux1_x86_64.whl
        head  release      HTTP 200  http://HOST/simple/vllm/vllm-0.7.0-py3-none-any.whl
      hint: They would be installed and measured, but not compared: add a rung to \`wheels\` in \`repository.yaml\` that has both.

    same-wheel: 1
      vllm-ac26c4da: base and head have the same wheel, base has it from http://HOST/7ff30ea188612eb83886bfeb3959b123666b2ed2/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl, head from: http://HOST/ac26c4da0f56ff65f34ebad974f095d065846efe/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl
        base  wheel-index  HTTP 404  http://HOST/7ff30ea188612eb83886bfeb3959b123666b2ed2/vllm/metadata.json
        base  wheel-index  HTTP 404  http://HOST/7ff30ea188612eb83886bfeb3959b123666b2ed2/vllm/
        base  wheel-index  HTTP 200  http://HOST/7ff30ea188612eb83886bfeb3959b123666b2ed2/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl
        head  wheel-index  HTTP 404  http://HOST/ac26c4da0f56ff65f34ebad974f095d065846efe/vllm/metadata.json
        head  wheel-index  HTTP 404  http://HOST/ac26c4da0f56ff65f34ebad974f095d065846efe/vllm/
        head  wheel-index  HTTP 200  http://HOST/ac26c4da0f56ff65f34ebad974f095d065846efe/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl
      hint: Check that \`base\` and \`head\` differ in the package, and that no two commits have one release.

     NX   commits of which it is not known yet: 1 of 16


    hint: run it again; what is known stands above

    "
  `)
  expect(exitCode).toBe(1)
})

it('writes nothing but the mirrors, and fetches no wheel', async () => {
  expect(await workspace.git('status', '--porcelain', '--ignored', 'commits')).toBe('')
  expect(await readdir(join(workspace.directory, '.isobench'))).toEqual(['mirrors'])
})

it('gives the same to a program, and ends well when every host answers', async () => {
  host.faults.delete(broken)
  const { exitCode, output } = await workspace.nx(['g', 'nx-isobench:probe', '--quiet', '--format', 'json'])
  // What comes after is on standard error.
  const { steps, rungs, details } = Preflight.parse(JSON.parse(output.slice(0, output.lastIndexOf('}') + 1)))
  expect(steps.map(({ commits }) => commits)).toMatchInlineSnapshot(`
    [
      13,
      12,
      10,
      9,
      8,
    ]
  `)
  expect(rungs).toMatchInlineSnapshot(`
    [
      {
        "commits": 7,
        "rung": "wheel-index",
      },
      {
        "commits": 1,
        "rung": "build",
      },
    ]
  `)
  expect(details.flatMap(({ problem }) => problem?.reason ?? [])).not.toContain('network')
  expect(exitCode).toBe(0)
})

it('takes names of projects, none of them too, and refuses others', async () => {
  const [name] = (await workspace.nx(['show', 'projects', '--projects', 'built-*'])).output.trim().split('\n')
  const one = await workspace.nx(['g', 'nx-isobench:probe', '--quiet', `--projects=${name}`])
  expect(one.output).toContain(`\n  ${name}  build\n`)
  const none = await workspace.nx(['g', 'nx-isobench:probe', '--quiet', '--projects='])
  expect(none).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^commits +0\n/) })
  const bad = await workspace.nx(['g', 'nx-isobench:probe', '--projects', 'vllm-nothing'])
  expect(bad).toMatchObject({ exitCode: 1, output: expect.stringContaining('no such commit project: vllm-nothing') })
})

it('takes a repository that is kept out of the graph', async () => {
  const configuration = await workspace.readJson('nx.json')
  const plugins = [{ plugin: './plugins/isobench/src/index.ts', exclude: ['commits/vllm/**'] }]
  await workspace.write('nx.json', JSON.stringify({ ...configuration, plugins }))
  const all = await workspace.nx(['g', 'nx-isobench:probe', '--quiet'])
  expect(all).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^commits +1\n/) })
  const named = await workspace.nx(['g', 'nx-isobench:probe', '--quiet', '--repository', 'vllm'])
  expect(named.output).toMatch(/^commits +15\n/)
})
