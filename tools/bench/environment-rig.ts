import type { Repository } from '../../plugins/isobench/src/schema/repository.ts'
import { startPackageIndex } from '../../test/support/package-index.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../test/support/python-project.ts'
import { startWheelHost } from '../../test/support/wheel-host.ts'
import { type TestWheel, makeWheels } from '../../test/support/wheels.ts'

/** Consecutive commits of a package, a wheel of each on a loopback host, and what they need on a loopback index. */
export interface EnvironmentRig {
  readonly project: PythonProject
  readonly settings: Partial<Repository>
  /** Full hashes, oldest first */
  readonly commits: readonly string[]
  readonly indexUrl: string
  remove(): Promise<void>
}

const dependencies = 8
const modules = 40

/** Each package has 40 modules of about 4 kB, so an environment has some 360 files that are imported. */
export async function createEnvironmentRig(count: number): Promise<EnvironmentRig> {
  const [project, index, host] = await Promise.all([createPythonProject(), startPackageIndex(), startWheelHost()])
  const names = Array.from({ length: dependencies }, (_, number) => `dependency-${number}`)
  await index.publish(names.map((name) => ({ name, version: '1.0', files: files(name.replace('-', '_'), 0) })))
  const commits: string[] = []
  for (let number = 0; number < count; number++) {
    commits.push(await project.repository.commit({ files: projectFiles({ source: `VALUE = ${number}\n` }) }))
  }
  const wheels = commits.map((commit, number): TestWheel => {
    const version = `1.0.dev${number}+g${commit.slice(0, 9)}`
    return { name: 'sample', version, files: files('sample', number), requires: names }
  })
  for (const [number, wheel] of (await makeWheels(wheels)).entries()) {
    host.files.set(`/${commits[number]}/sample-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl`, wheel)
  }
  const remove = async () => {
    await Promise.all([project.remove(), index.close(), host.close()])
  }
  const settings = { wheels: [{ kind: 'wheel-index' as const, urls: [host.url] }], dependency_index: index.url }
  return { project, settings, commits, indexUrl: index.url, remove }
}

/** A package whose every module is other code in another version, as a compiler and a disk see it. */
function files(name: string, version: number): Record<string, string> {
  const code = (module: number) =>
    Array.from(
      { length: 40 },
      (_, line) => `def function_${line}(value):\n    return value * ${module * 1000 + line} + ${version}\n`,
    ).join('\n')
  const all = Array.from({ length: modules }, (_, module) => [`${name}/module_${module}.py`, code(module)] as const)
  return { [`${name}/__init__.py`]: `VERSION = ${version}\n`, ...Object.fromEntries(all) }
}
