import { afterEach, beforeEach, expect, test } from 'vitest'
import { installWheel } from '../../../../plugins/isobench/src/stages/install-wheel.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../../support/python-project.ts'
import { type WheelHost, startWheelHost } from '../../../support/wheel-host.ts'
import { makeWheel } from '../../../support/wheels.ts'

let project: PythonProject
let host: WheelHost
let base: string
let head: string
beforeEach(async () => {
  project = await createPythonProject()
  host = await startWheelHost()
  const nightly = (value: number, date: string) =>
    project.repository.commit({ files: projectFiles({ source: `VALUE = ${value}\n` }), date })
  base = await nightly(1, '2026-04-06T07:31:00Z')
  head = await nightly(2, '2026-04-07T07:31:00Z')
})
afterEach(async () => {
  await Promise.all([project.remove(), host.close()])
})

/** Puts a nightly build on the index, as that of torch has them: the commit id stands in version.py, the plus is escaped. */
async function publish(version: string, commit: string | null, tag = 'py3-none-any'): Promise<void> {
  const git = commit === null ? '' : `git_version: Optional[str] = '${commit}'\n`
  const files = {
    'sample/__init__.py': `VALUE = "${version}"\n`,
    'sample/version.py': `from typing import Optional\n\n__version__ = '${version}'\ncuda: Optional[str] = '12.8'\n${git}`,
  }
  const filename = `sample-${version}-${tag}.whl`
  host.files.set(`/nightly/cu128/${filename}`, await makeWheel({ name: 'sample', version, files, tag }))
  const link = `<a href="/nightly/cu128/${filename.replace('+', '%2B')}">${filename}</a><br/>\n`
  const page = '/nightly/cu128/sample/'
  host.files.set(page, `${(host.files.get(page) as string | undefined) ?? ''}${link}`)
}

async function install() {
  const wheels = [{ kind: 'release' as const, index: `${host.url}/nightly/cu128`, dates: 'dev{date}' }]
  const repository = project.input({ wheels })
  const environments = project.environments(repository.settings)
  const effects = { git: project.git, environments, log: (line: string) => void project.lines.push(line) }
  return (await installWheel({ repository, commit: { head } }, effects)).environment
}

test('the builds of the days of both commits are installed, and proven by the ids that they embed', async () => {
  for (const day of ['05', '08']) await publish(`2.12.0.dev202604${day}+cu128`, 'e'.repeat(40))
  await publish('2.12.0.dev20260406+cu128', base)
  await publish('2.12.0.dev20260407+cu128', head)
  await publish('2.12.0.dev20260407+cu128', head, 'cp39-cp39-win_amd64')
  expect(await install()).toMatchObject({
    outcome: { status: 'ok' },
    comparable: true,
    base: { rung: 'release', version: '2.12.0.dev20260406+cu128', identity: 'commit-id' },
    head: { rung: 'release', version: '2.12.0.dev20260407+cu128', identity: 'commit-id' },
  })
})

test('a build of another commit of that day is no build of the commit', async () => {
  await publish('2.12.0.dev20260406+cu128', base)
  await publish('2.12.0.dev20260407+cu128', 'e'.repeat(40))
  expect((await install()).outcome).toMatchObject({
    reason: 'version-mismatch',
    side: 'head',
    message: expect.stringContaining(`wanted commit ${head}, the package says: ${'e'.repeat(40)}`),
  })
})

test('a day alone proves nothing', async () => {
  await publish('2.12.0.dev20260406+cu128', base)
  await publish('2.12.0.dev20260407+cu128', null)
  expect((await install()).outcome).toMatchObject({
    reason: 'version-mismatch',
    side: 'head',
    message: expect.stringContaining('neither version nor package names a commit: 2.12.0.dev20260407+cu128'),
  })
})

test('a day whose builds were removed is missing, and another day does not stand in', async () => {
  await publish('2.12.0.dev20260406+cu128', base)
  await publish('2.12.0.dev20260408+cu128', head)
  const { outcome, attempts } = await install()
  expect(outcome).toMatchObject({ reason: 'wheel-missing', side: 'head' })
  expect(attempts.head).toEqual([
    {
      rung: 'release',
      location: `${host.url}/nightly/cu128/sample/`,
      answer: 'HTTP 200, no wheel of dev20260407',
    },
  ])
})

test('two versions of one day are not told apart', async () => {
  await publish('2.12.0.dev20260406+cu128', base)
  await publish('2.12.0.dev20260407+cu128', head)
  await publish('2.13.0.dev20260407+cu128', head)
  const { attempts } = await install()
  expect(attempts.head.map(({ answer }) => answer)).toEqual([
    'more than one version for dev20260407: 2.12.0.dev20260407+cu128, 2.13.0.dev20260407+cu128',
  ])
})
