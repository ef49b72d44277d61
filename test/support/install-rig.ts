import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { exists, sha256 } from '../../plugins/isobench/src/adapters/files.ts'
import type { Environment } from '../../plugins/isobench/src/schema/environment.ts'
import type { Outcome } from '../../plugins/isobench/src/schema/outcome.ts'
import type { Repository } from '../../plugins/isobench/src/schema/repository.ts'
import { type Installation, installWheel } from '../../plugins/isobench/src/stages/install-wheel.ts'
import { type PythonProject, createPythonProject, projectFiles } from './python-project.ts'
import { type WheelHost, startWheelHost } from './wheel-host.ts'
import { type TestWheel, makeWheel } from './wheels.ts'

/** A file name of the host of wheels by commit. */
export const constantName = 'sample-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl'

/** Two commits, a host of their wheels, and the stage that installs them with the real uv. */
export interface InstallRig {
  readonly project: PythonProject
  readonly host: WheelHost
  readonly base: string
  readonly head: string
  /** The wheel host alone */
  byCommit(more?: { readonly forbidden_is_absent?: boolean }): Partial<Repository>
  /** The index of releases alone: base is 1.0 and head is 2.0 */
  byRelease(): Partial<Repository>
  /** Serves a good wheel of base by commit, and for head whatever is wrong, cut after so many bytes. Gives its path. */
  serve(wheel?: Partial<TestWheel>, bytes?: number): Promise<string>
  /** Serves both releases; what is wrong of 2.0 is in the wheel or in what the page says of it. */
  release(wheel?: Partial<TestWheel>, page?: { announced?: string; filename?: string }): Promise<void>
  install(settings: Partial<Repository>): Promise<Installation>
  /** How settings end that install nothing, not even in part. */
  lost(settings: Partial<Repository>): Promise<Outcome & Pick<Environment, 'attempts'>>
  /** What settings throw that install nothing, not even in part. */
  thrown(settings: Partial<Repository>): Promise<unknown>
  close(): Promise<void>
}

export async function createInstallRig(): Promise<InstallRig> {
  const [project, host] = await Promise.all([createPythonProject(), startWheelHost()])
  const base = await project.repository.commit({ files: projectFiles() })
  const head = await project.repository.commit({ files: projectFiles({ source: 'VALUE = 2\n' }) })
  const rig: InstallRig = {
    project,
    host,
    base,
    head,
    byCommit: (more = {}) => ({ wheels: [{ kind: 'wheel-index', urls: [host.url], ...more }] }),
    byRelease: () => ({
      wheels: [{ kind: 'release', index: `${host.url}/simple`, versions: { [base]: '1.0', [head]: '2.0' } }],
    }),
    serve: async (wheel = {}, bytes) => {
      const good = { name: 'sample', version: `0.6.4.dev1+g${base.slice(0, 9)}`, files: module('1') }
      host.files.set(`/${base}/${constantName}`, await makeWheel(good))
      const other = { name: 'sample', version: `0.6.4.dev2+g${head.slice(0, 9)}`, files: module('2'), ...wheel }
      host.files.set(`/${head}/${constantName}`, (await makeWheel(other)).subarray(0, bytes))
      return `/${head}/${constantName}`
    },
    release: async (wheel = {}, page = {}) => {
      const links: string[] = []
      for (const version of ['1.0', '2.0']) {
        const [change, own] = version === '2.0' ? [wheel, page] : [{}, {}]
        const content = await makeWheel({ name: 'sample', version, files: module(version), ...change })
        const filename = own.filename ?? `sample-${version}-py3-none-any.whl`
        links.push(`<a href="${filename}#sha256=${own.announced ?? sha256(content)}">x</a>`)
        host.files.set(`/simple/sample/${filename}`, content)
      }
      host.files.set('/simple/sample/', links.join('\n'))
    },
    install: async (settings) => {
      const environments = project.environments(settings)
      const log = (line: string) => void project.lines.push(line)
      const input = { repository: project.input(settings), commit: { head } }
      return installWheel(input, { git: project.git, environments, log })
    },
    lost: async (settings) => {
      const { environment, locks } = await rig.install(settings)
      expect(environment).toMatchObject({ installer: null, base: null, head: null, comparable: false })
      expect(locks).toEqual({ base: null, head: null })
      await expectNothingInstalled(project)
      const { reason, side, message } = environment.outcome
      expect(project.lines).toContain(`${reason}${side === null ? '' : ` (${side})`}: ${message}`)
      return { ...environment.outcome, attempts: environment.attempts }
    },
    thrown: async (settings) => {
      const error: unknown = await rig.install(settings).catch((failure: unknown) => failure)
      await expectNothingInstalled(project)
      return error
    },
    close: async () => {
      await Promise.all([project.remove(), host.close()])
    },
  }
  return rig
}

function module(value: string): Readonly<Record<string, string>> {
  return { 'sample/__init__.py': `VALUE = ${value}\n` }
}

async function expectNothingInstalled({ storeDirectory }: PythonProject): Promise<void> {
  const folder = join(storeDirectory, 'envs')
  expect((await exists(folder)) ? await readdir(folder) : []).toEqual([])
}
