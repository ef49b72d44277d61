import { glob, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SideToInstall, Wheel } from '../../../plugins/isobench/src/adapters/environment-store.ts'
import { exists, sha256 } from '../../../plugins/isobench/src/adapters/files.ts'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { sampleSide } from '../../support/artifacts.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../support/python-project.ts'

const before = { ...process.env }
const build = { kind: 'build' } as const

let project: PythonProject
beforeEach(async () => {
  project = await createPythonProject()
})
afterEach(async () => {
  process.env = { ...before }
  await project.remove()
})

/** A commit, built and locked but not installed. */
async function locked(settings: Partial<Repository> = {}, options: { toolsDirectory?: string } = {}) {
  const hash = await project.repository.commit({ files: projectFiles() })
  const environments = project.environments(settings, options)
  const commit = { hash, commitDate: '2024-01-01T00:00:00Z' }
  const { wheel } = await environments.probe(build, commit)
  const python = await environments.choosePython([wheel!])
  const result = await environments.lock(wheel!, python, '2024-01-08T00:00:00Z')
  if ('unresolvable' in result) throw new Error(result.unresolvable)
  return {
    environments,
    commit,
    lock: result.lock,
    side: sideOf(wheel!, hash, result.lock, python.version, environments.key(result.lock, python)),
  }
}

function sideOf(wheel: Wheel, commit: string, lock: string, python: string, key: string): SideToInstall {
  return { commit, wheel, python, lock_sha256: sha256(lock), environment_key: key }
}

function times(pattern: RegExp): number {
  return project.lines.filter((line) => pattern.test(line)).length
}

describe('ensure', () => {
  test('makes the environment once for eight who ask at the same time', async () => {
    const { environments, side, lock } = await locked()
    const others = Array.from({ length: 7 }, () => project.environments())
    const all = await Promise.all([environments, ...others].map((each) => each.ensure(side, lock)))
    expect(new Set(all.map(({ python }) => python)).size).toBe(1)
    expect(times(/^installing /)).toBe(1)
    const { stdout } = await run(all[0]!.python, ['-I', '-c', 'import sample; print(sample.VALUE, sample.__file__)'])
    expect(stdout.trim()).toBe(
      `1 ${dirname(dirname(all[0]!.python))}/lib/python${side.python.split('.').slice(0, 2).join('.')}/site-packages/sample/__init__.py`,
    )
  })

  test('builds the same wheel again when the store was deleted', async () => {
    const { environments, side, lock } = await locked()
    await environments.ensure(side, lock)
    await rm(project.storeDirectory, { recursive: true })
    const { python } = await project.environments().ensure(side, lock)
    expect(await exists(python)).toBe(true)
    expect(times(/^building /)).toBe(2)
    expect(await readdir(join(project.storeDirectory, 'wheels'))).toEqual([side.wheel.sha256])
  })

  test('makes a second installation beside the first, at a path of the same length', async () => {
    const { environments, side, lock } = await locked()
    const first = await environments.ensure(side, lock)
    const second = await environments.ensure({ ...side, secondInstallation: true }, lock)
    expect(second.python).not.toBe(first.python)
    expect(second.python).toHaveLength(first.python.length)
    expect((await run(second.python, ['-I', '-c', 'import sample'])).exitCode).toBe(0)
    expect(await environments.ensure({ ...side, secondInstallation: true }, lock)).toEqual(second)
    expect(times(/^installing /)).toBe(2)
  })

  test('throws away what a crash left half done', async () => {
    const { environments, side, lock } = await locked()
    const { python } = await environments.ensure(side, lock)
    const directory = dirname(dirname(python))
    await rm(`${directory}.ready.json`)
    await writeFile(join(directory, 'left-over'), '')
    await environments.ensure(side, lock)
    expect(await exists(join(directory, 'left-over'))).toBe(false)
    expect(times(/^installing /)).toBe(2)
  })

  test('makes a damaged wheel again', async () => {
    const { environments, side, lock } = await locked()
    const path = join(project.storeDirectory, 'wheels', side.wheel.sha256, side.wheel.filename)
    await writeFile(path, 'damaged')
    await environments.ensure(side, lock)
    expect(sha256(await readFile(path))).toBe(side.wheel.sha256)
  })

  test('refuses another lock, another wheel and another platform', async () => {
    const { environments, side, lock } = await locked()
    const refusal = { code: 'corrupt-artifact', hint: 'run the target `install-wheel` again with --skip-nx-cache' }
    await expect(environments.ensure(side, `${lock}\n`)).rejects.toMatchObject(refusal)
    await expect(environments.ensure({ ...side, environment_key: '0'.repeat(32) }, lock)).rejects.toMatchObject(refusal)
    const other = { ...side, wheel: { ...side.wheel, sha256: '0'.repeat(64) } }
    await expect(environments.ensure(other, lock)).rejects.toMatchObject({
      ...refusal,
      message: `cannot get the same wheel again: build:${side.commit}`,
    })
  })

  test('proves again that it is the commit, also when the wheel was made once more', async () => {
    const { environments, side, lock } = await locked()
    const { python } = await environments.ensure(side, lock)
    const installed = { ...sampleSide('head'), ...side, wheel: { ...sampleSide('head').wheel, ...side.wheel } }
    await environments.prove(installed, python)
    await rm(join(project.storeDirectory, 'wheels'), { recursive: true })
    await environments.prove(installed, python)
    expect(times(/^building /)).toBe(2)

    const [module] = await Array.fromAsync(
      glob(join(dirname(dirname(python)), 'lib/*/site-packages/sample/__init__.py')),
    )
    await rm(module!)
    await writeFile(module!, 'VALUE = 2\n')
    await expect(project.environments().prove(installed, python)).rejects.toMatchObject({
      code: 'corrupt-artifact',
      message: `the environment is not what was installed: wanted the files of the wheel ${side.wheel.sha256}, different: sample/__init__.py`,
      hint: `remove the folders envs and uv-cache from ${project.storeDirectory}, and run the target again`,
    })
  })

  test('names the Python that is not there', async () => {
    const { environments, side, lock } = await locked()
    await expect(environments.ensure({ ...side, python: '3.11.99' }, lock)).rejects.toMatchObject({
      code: 'prerequisite-missing',
    })
  })
})

describe('probe', () => {
  test('builds a commit once', async () => {
    const { commit, side } = await locked()
    const again = await project.environments().probe(build, commit)
    expect(again.wheel!.sha256).toBe(side.wheel.sha256)
    expect(again.attempts).toEqual([{ rung: 'build', location: `build:${commit.hash}`, answer: 'built' }])
    expect(times(/^building /)).toBe(1)
  })

  test('builds the same bytes under another umask', async () => {
    const { commit, side } = await locked()
    await rm(project.storeDirectory, { recursive: true })
    const umask = process.umask(0o077)
    const again = await project
      .environments()
      .probe(build, commit)
      .finally(() => process.umask(umask))
    expect(again.wheel!.sha256).toBe(side.wheel.sha256)
  })

  test('builds in a subdirectory', async () => {
    const files = Object.fromEntries(Object.entries(projectFiles()).map(([path, text]) => [`python/${path}`, text]))
    const hash = await project.repository.commit({ files })
    const commit = { hash, commitDate: '2024-01-01T00:00:00Z' }
    const inside = await project.environments().probe({ ...build, subdirectory: 'python' }, commit)
    expect(inside.wheel?.name).toBe('sample')
    const outside = await project.environments().probe(build, commit)
    const attempts = [expect.objectContaining({ rung: 'build', answer: 'no pyproject.toml and no setup.py' })]
    expect(outside).toEqual({ wheel: null, buildFailure: null, attempts })
  })

  test('is not misled by the ignore rules of the workspace around the store', async () => {
    const workspace = dirname(project.storeDirectory)
    await run('git', ['init', '--quiet', workspace])
    await writeFile(join(workspace, '.gitignore'), '*\n')
    const files = projectFiles()
    const careful = files['_build.py'].replace(
      '.rglob("*.py"))}',
      '.rglob("*.py")) if __import__("subprocess").run(["git", "check-ignore", "-q", path]).returncode != 0}',
    )
    expect(careful).not.toBe(files['_build.py'])
    const hash = await project.repository.commit({ files: { ...files, '_build.py': careful } })
    const probe = await project.environments().probe(build, { hash, commitDate: '2024-01-01T00:00:00Z' })
    expect(probe).toMatchObject({ wheel: { name: 'sample' }, buildFailure: null })
  })

  test('refuses a wheel without the package', async () => {
    const hash = await project.repository.commit({ files: projectFiles() })
    const environments = project.environments({ package: { name: 'sample', import: 'other' } })
    const probe = await environments.probe(build, { hash, commitDate: '2024-01-01T00:00:00Z' })
    expect(probe).toMatchObject({ wheel: null, buildFailure: 'the wheel holds no package `other`' })
  })
})

/** A folder without uv. */
function tools() {
  return { toolsDirectory: join(project.storeDirectory, 'no-tools') }
}

describe('without uv and network', () => {
  beforeEach(() => {
    process.env['HTTPS_PROXY'] = process.env['https_proxy'] = 'http://127.0.0.1:1'
  })

  test('pip and venv build and install the same wheel', async () => {
    const { environments, side, lock } = await locked({}, tools())
    expect((await environments.installer()).name).toBe('pip')
    const { python } = await environments.ensure(side, lock)
    expect(await environments.inspect(python, side.wheel)).toMatchObject({
      version: '1.0',
      packages: { sample: '1.0' },
    })
    process.env = { ...before }
    await rm(project.storeDirectory, { recursive: true })
    await project.environments().ensure(side, lock)
    expect(times(/^installing .* with uv /)).toBe(1)
  })

  test('dependencies are a missing prerequisite', async () => {
    await expect(locked({ dependencies: ['six==1.16.0'] }, tools())).rejects.toMatchObject({
      code: 'prerequisite-missing',
      message: 'dependencies need uv: six==1.16.0',
    })
  })

  test('a build that breaks gives the error of the back end', async () => {
    const hash = await project.repository.commit({
      files: { ...projectFiles(), '_build.py': 'raise OSError("no disk")\n' },
    })
    const probe = await project.environments({}, tools()).probe(build, { hash, commitDate: '2024-01-01T00:00:00Z' })
    expect(probe.buildFailure).toBe('OSError: no disk')
  })
})
