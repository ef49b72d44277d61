import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanEnvironment, run } from '../../plugins/isobench/src/adapters/process.ts'
import { commitFolders, commitLine, createOurs } from '../bench/scale/workspaces.ts'
import { fakeTimeLibrary } from './fake-time.ts'
import { finish } from './kills.ts'
import { differences, readOutputs, readRuns } from './store-state.ts'
import { type SoakWorkspace, createSoakWorkspace } from './workspace.ts'

/** Something that goes wrong. It gives back what it showed, and throws where that is not what should be. */
export interface Fault {
  readonly name: string
  run(): Promise<string>
}

const everything = ['run-many', '-t', 'assemble']
const small = 3

export function faults(failing: number): Fault[] {
  return [
    { name: 'two Nx at once', run: () => within(twoAtOnce) },
    { name: 'corrupted cache entry', run: () => within(corruptedEntry) },
    { name: 'full disk', run: () => within(fullDisk) },
    { name: 'read-only cache', run: () => within(readOnlyCache) },
    { name: 'clock that jumps', run: () => within(jumpingClock) },
    { name: `${failing} commits of which 10 % fail`, run: () => aTenthFails(failing) },
  ]
}

async function within(fault: (soak: SoakWorkspace) => Promise<string>): Promise<string> {
  const soak = await createSoakWorkspace(small)
  try {
    return await fault(soak)
  } finally {
    await soak.workspace.remove()
  }
}

/** Whatever the first two make of each other, the third finds everything made, and nothing was measured twice. */
async function twoAtOnce(soak: SoakWorkspace): Promise<string> {
  const both = await Promise.all([soak.workspace.nx(everything), soak.workspace.nx(everything)])
  await finish(soak)
  const runs = await readRuns(soak.storeDirectory)
  demand(runs.size === small, `${runs.size} measurements of ${small} commits`)
  const repeated = [...runs.values()].filter((lines) => new Set(lines.map(numberOf)).size !== lines.length)
  demand(repeated.length === 0, `${repeated.length} measurements hold a run twice`)
  return `exits ${both.map(({ exitCode }) => exitCode).join(' and ')}, one measurement a commit`
}

/** Which process of its measurement a line of runs.jsonl is. */
function numberOf(line: string): number {
  return (JSON.parse(line) as { index: number }).index
}

async function corruptedEntry(soak: SoakWorkspace): Promise<string> {
  await finish(soak)
  const before = await outputsOf(soak)
  const cache = join(soak.workspace.directory, '.nx/cache')
  const entries = await readdir(cache, { recursive: true })
  const damaged = entries.filter((path) => path.endsWith('/record.json'))
  for (const path of damaged) await writeFile(join(cache, path), '{')
  demand(damaged.length > 0, 'no entry to damage')
  await rm(join(soak.workspace.directory, 'datasets/soak/out'), { recursive: true })
  const result = await soak.workspace.nx(everything)
  demand(result.exitCode === 1, `a damaged entry went unnoticed, exit ${result.exitCode}`)
  await soak.workspace.nx(['reset'])
  await finish(soak)
  expectEqual(before, await outputsOf(soak))
  return `${damaged.length} entries were refused, and after \`nx reset\` all bytes are as before`
}

async function fullDisk(soak: SoakWorkspace): Promise<string> {
  const store = join(soak.workspace.directory, '.full')
  const mount = `mkdir -p ${store} && mount -t tmpfs -o size=2000000 tmpfs ${store}`
  const { exitCode, output } = await nxUnder(soak, mount, { ISOBENCH_STORE: store })
  demand(exitCode !== 0 && /no space left on the disk/.test(output), `exit ${exitCode}: ${output.slice(-500)}`)
  await finish(soak)
  return 'told as such, and the next run is whole'
}

/** Nx may fail or go on without its cache; what it leaves must not be wrong. */
async function readOnlyCache(soak: SoakWorkspace): Promise<string> {
  await finish(soak)
  const before = await outputsOf(soak)
  const cache = join(soak.workspace.directory, '.nx/cache')
  const settings = 'commits/soak/measurement.yaml'
  await soak.workspace.write(settings, `${await soak.workspace.read(settings)}# a comment\n`)
  const { exitCode } = await nxUnder(soak, `mount --bind ${cache} ${cache} && mount -o remount,bind,ro ${cache}`)
  await finish(soak)
  expectEqual(before, await outputsOf(soak))
  return `exit ${exitCode}, and the next run has all bytes as before`
}

/** A day forth while it runs, and a day back in the next run. */
async function jumpingClock(soak: SoakWorkspace): Promise<string> {
  const library = await fakeTimeLibrary(soak.workspace.directory)
  if (library === undefined) return 'not run: libfaketime is not to be had'
  const file = join(soak.workspace.directory, 'node_modules/faketime')
  const environment = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' }
  await writeFile(file, '+0d')
  const running = soak.workspace.nx(everything, environment)
  await sleep(5000)
  await writeFile(file, '+1d')
  const first = await running
  await writeFile(file, '-1d')
  const second = await soak.workspace.nx(everything, environment)
  demand(first.exitCode === 0 && second.exitCode === 0, `exits ${first.exitCode} and ${second.exitCode}`)
  const runs = await readRuns(soak.storeDirectory)
  await finish(soak)
  demand(JSON.stringify([...runs]) === JSON.stringify([...(await readRuns(soak.storeDirectory))]), 'measured again')
  return `nothing was measured again; ${second.executed.length} tasks ran in the second run`
}

/** Trivial stages: each failure costs its own commit and the dataset, and the next run makes just these. */
async function aTenthFails(commits: number): Promise<string> {
  const workspace = await createOurs(commits)
  try {
    const failing = commitFolders(commits).filter((_, index) => index % 10 === 0)
    const write = (folder: string, line: string) => workspace.write(`commits/bench/${folder}/commit.yaml`, line)
    for (const folder of failing) await write(folder, `{"head":"${folder}","fails":true}\n`)
    const first = await workspace.nx([...everything, '--batch'])
    const expected = 5 * (commits - failing.length) + failing.length
    demand(first.executed.length === expected, `${first.executed.length} tasks succeeded, expected ${expected}`)
    demand(first.failed.length === failing.length, `${first.failed.length} failed, expected ${failing.length}`)
    for (const folder of failing) await write(folder, commitLine(folder))
    const second = await workspace.nx([...everything, '--batch'])
    demand(second.exitCode === 0, `exit ${second.exitCode}: ${second.output.slice(-500)}`)
    const rest = 5 * failing.length + 1
    demand(second.executed.length === rest, `${second.executed.length} tasks ran then, expected ${rest}`)
    const rows = (await workspace.read('datasets/all/out/records.jsonl')).trim().split('\n').length
    demand(rows === commits, `${rows} rows, expected ${commits}`)
    return `${first.failed.length} failed, ${first.executed.length} others did not; then ${rest} ran, and no other`
  } finally {
    await workspace.remove()
  }
}

/** Nx in a mount namespace of its own, after a command that mounts something there. */
async function nxUnder(soak: SoakWorkspace, mount: string, environment: Readonly<Record<string, string>> = {}) {
  const program = join(import.meta.dirname, '../../node_modules/nx/dist/bin/nx.js')
  const args = ['--mount', '/bin/sh', '-c', `${mount} && exec "$@"`, 'sh', process.execPath, program, ...everything]
  const settings = { NX_ISOLATE_PLUGINS: 'false', NX_DAEMON: 'false', NX_LOAD_DOT_ENV_FILES: 'false', NO_COLOR: '1' }
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const result = await run('unshare', [...asRoot, ...args], {
    cwd: soak.workspace.directory,
    environment: cleanEnvironment({ ...settings, ...environment }),
  })
  return { exitCode: result.exitCode, output: result.stdout + result.stderr }
}

function outputsOf({ workspace, commits }: SoakWorkspace): Promise<Map<string, string>> {
  return readOutputs(workspace.directory, [...commits, 'datasets/soak'])
}

function expectEqual(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  const paths = differences(before, after)
  demand(paths.length === 0, `other bytes: ${paths.join(', ')}`)
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new Error(message)
}
