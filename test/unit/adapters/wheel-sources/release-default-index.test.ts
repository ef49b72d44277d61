import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../../../plugins/isobench/src/adapters/process.ts'
import { installWheel } from '../../../../plugins/isobench/src/stages/install-wheel.ts'
import { canReachDefaultIndex } from '../../../support/default-index.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../../support/python-project.ts'

// Against the package index that uv asks where none is named. Where it cannot be reached, the tests say so and are skipped.

const before = { ...process.env }
const isReachable = await canReachDefaultIndex()
if (!isReachable) console.log('skipped: the default package index cannot be reached from here')

let project: PythonProject
beforeEach(async () => {
  project = await createPythonProject()
})
afterEach(async () => {
  process.env = { ...before }
  await project.remove()
})

/** Two releases of a package: what they need is locked as of the date. */
const packages = [
  { name: 'packaging', date: '2024-11-08T00:00:00Z', versions: ['24.1', '24.2'], compiled: null, needs: [] },
  {
    name: 'Jinja2',
    date: '2024-12-21T00:00:00Z',
    versions: ['3.1.4', '3.1.5'],
    compiled: null,
    needs: ['jinja2', 'markupsafe'],
  },
  {
    name: 'MarkupSafe',
    date: '2024-10-18T00:00:00Z',
    versions: ['3.0.1', '3.0.2'],
    compiled: 'markupsafe._speedups',
    needs: [],
  },
] as const

test.skipIf(!isReachable).each(packages)(
  'two releases of $name are installed, proven, and made again without network',
  async ({ name, date, versions, compiled, needs }) => {
    const importName = name.toLowerCase()
    const base = await project.repository.commit({ files: projectFiles(), date })
    const head = await project.repository.commit({ files: projectFiles({ source: '2\n' }), date })
    const settings = {
      package: { name, import: importName },
      wheels: [{ kind: 'release' as const, versions: { [base]: versions[0], [head]: versions[1] } }],
    }
    const environments = project.environments(settings)
    const log = (line: string) => void project.lines.push(line)
    const effects = { git: project.git, environments, log }
    const input = { repository: project.input(settings), commit: { head } }
    const { environment, locks } = await installWheel(input, effects)
    expect(environment).toMatchObject({
      outcome: { status: 'ok' },
      installer: { name: 'uv' },
      comparable: true,
      base: { rung: 'release', version: versions[0], identity: 'release-version' },
      head: { rung: 'release', version: versions[1], identity: 'release-version' },
    })
    if (needs.length > 0) expect(Object.keys(environment.head!.packages)).toEqual(needs)

    const folder = join(project.storeDirectory, 'envs')
    await rename(folder, `${folder}-before`)
    process.env['HTTPS_PROXY'] = process.env['https_proxy'] = 'http://127.0.0.1:1'
    for (const side of ['base', 'head'] as const) {
      const { python } = await project.environments(settings).ensure(environment[side]!, locks[side]!)
      expect(python).toBe(join(folder, environment[side]!.environment_key, 'bin', 'python'))
      const question = `import ${importName}, importlib.metadata as m; print(m.version("${name}"), ${importName}.__file__)`
      const [version, file] = (await run(python, ['-I', '-c', question])).stdout.trim().split(' ')
      expect(version).toBe(environment[side]!.version)
      expect(file!.startsWith(join(folder, environment[side]!.environment_key))).toBe(true)
      if (compiled === null) continue
      const extension = await run(python, ['-I', '-c', `import ${compiled}; print(${compiled}.__file__)`])
      expect(extension.stdout).toMatch(/\.so\n$/)
    }
  },
)

test.skipIf(!isReachable)(
  'an extra index of the environment neither gives the wheel nor hijacks a dependency',
  async () => {
    const head = await project.repository.commit({ files: projectFiles(), date: '2024-12-21T00:00:00Z' })
    const dead = 'http://127.0.0.1:1/simple'
    for (const name of ['UV_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_DEFAULT_INDEX', 'PIP_EXTRA_INDEX_URL']) {
      process.env[name] = dead
    }
    const settings = { package: { name: 'Jinja2', import: 'jinja2' } }
    const environments = project.environments(settings)
    const release = { kind: 'release' as const, versions: { [head]: '3.1.5' } }
    const { wheel } = await environments.probe(release, { hash: head, commitDate: '2024-12-21T00:00:00Z' })
    const python = await environments.choosePython([wheel!])
    const result = await environments.lock(wheel!, python, '2024-12-28T00:00:00Z')
    expect('lock' in result && result.lock).toContain('name = "markupsafe"')
    expect(JSON.stringify(result)).not.toContain(dead)
  },
)
