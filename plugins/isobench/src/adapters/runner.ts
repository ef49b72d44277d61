import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canonicalJson } from '../domain/canonical-json.ts'
import { isFinished } from '../domain/decision.ts'
import { parseRuns } from '../domain/runs.ts'
import { IsobenchError, type ErrorCode } from '../errors.ts'
import { Fingerprint } from '../schema/measurement.ts'
import { Installed, type Interpreters, type Plan, type Run } from '../schema/run-bundle.ts'
import { readTextIfPresent, sha256, writeAtomically } from './files.ts'
import { cleanEnvironment, run } from './process.ts'

/** What to measure: a plan, the script it names, and where the interpreters are once they are asked for. */
export interface Bundle {
  readonly plan: Plan
  readonly test: string
  /** Not called when the runs are already there */
  readonly interpreters: () => Promise<Interpreters>
}

/** Where the runs of a plan are kept. */
export function runsFolder(storeDirectory: string, planSha256: string): string {
  return join(storeDirectory, 'bundles', planSha256, 'out')
}

/** What a finished bundle holds. */
interface Measured {
  /** Text of `runs.jsonl` */
  readonly runs: string
  readonly fingerprint: Fingerprint
  /** What the machine installed, where it was not this one */
  readonly installed: Installed | null
  readonly planSha256: string
}

/** Runs bundles somewhere. */
export interface Runner {
  /** Digest of the harness that goes into a bundle, for its plan */
  harnessSha256(): Promise<string>
  /** Measures until the rule stops; goes on where an earlier call was cut off, and measures nothing twice. */
  measure(bundle: Bundle, log: (line: string) => void): Promise<Measured>
  /** Runs the test once on each side, however the first ends. */
  trial(bundle: Bundle, log: (line: string) => void): Promise<Run[]>
}

const harnessDirectory = fileURLToPath(new URL('../../harness/', import.meta.url))
const refused = 3
const refusals: Record<string, ErrorCode> = {
  'prerequisite-missing': 'prerequisite-missing',
  'corrupt-artifact': 'corrupt-artifact',
  'device-busy': 'device-busy',
}

/**
 * Runs bundles on this machine. A bundle is a folder of the store named after the digest of its plan, so runs that
 * were paid for are found again; those of a failed process are the exception, as the machine may have been at fault.
 */
export function createLocalRunner(storeDirectory: string): Runner {
  return {
    harnessSha256,
    async measure({ plan, test, interpreters }, log) {
      const there = await findMeasured(storeDirectory, plan)
      if (there !== undefined) return there
      const { folder, planSha256 } = await createBundle(join(storeDirectory, 'bundles'), plan, test)
      await execute(folder, await interpreters(), [], log)
      const measured = await readMeasured(folder, planSha256)
      if (measured === undefined) throw new IsobenchError('corrupt-artifact', `the bundle has no runs: ${folder}`)
      return measured
    },
    async trial({ plan, test, interpreters }, log) {
      const { folder, planSha256 } = await createBundle(join(storeDirectory, 'trials'), plan, test)
      await execute(folder, await interpreters(), ['--trial'], log)
      return parseRuns((await readMeasured(folder, planSha256))?.runs ?? '')
    },
  }
}

/** What the store has of a plan, unless there is more to measure. */
export async function findMeasured(storeDirectory: string, plan: Plan): Promise<Measured | undefined> {
  const planSha256 = sha256(canonicalJson(plan))
  const there = await readMeasured(join(storeDirectory, 'bundles', planSha256), planSha256)
  return there !== undefined && isUsable(plan, there) ? there : undefined
}

/** Digest of the Python files that measure, as a plan names them. */
export async function harnessSha256(): Promise<string> {
  const files = await harnessFiles()
  return sha256(files.map(({ name, content }) => `${name} ${sha256(content)}\n`).join(''))
}

let harness: ReturnType<typeof readHarness> | undefined

/** The Python files that measure, by name, as they were when this process first read them. */
export function harnessFiles(): ReturnType<typeof readHarness> {
  return (harness ??= readHarness())
}

async function readHarness(): Promise<{ name: string; content: Uint8Array }[]> {
  const names = (await readdir(harnessDirectory)).filter((name) => name.endsWith('.py')).toSorted()
  return Promise.all(names.map(async (name) => ({ name, content: await readFile(join(harnessDirectory, name)) })))
}

async function createBundle(parent: string, plan: Plan, test: string): Promise<{ folder: string; planSha256: string }> {
  const text = canonicalJson(plan)
  const folder = join(parent, sha256(text))
  const files = await harnessFiles()
  await Promise.all([
    ...files.map(({ name, content }) => writeAtomically(join(folder, 'harness', name), content)),
    writeAtomically(join(folder, plan.script), test),
    writeAtomically(join(folder, 'plan.json'), text),
  ])
  return { folder, planSha256: sha256(text) }
}

async function readMeasured(folder: string, planSha256: string): Promise<Measured | undefined> {
  const runs = await readTextIfPresent(join(folder, 'out', 'runs.jsonl'))
  const fingerprint = await readTextIfPresent(join(folder, 'out', 'fingerprint.json'))
  if (runs === undefined || fingerprint === undefined) return undefined
  const installed = await readTextIfPresent(join(folder, 'out', 'installed.json'))
  return {
    runs,
    fingerprint: Fingerprint.parse(JSON.parse(fingerprint)),
    installed: installed === undefined ? null : Installed.parse(JSON.parse(installed)),
    planSha256,
  }
}

/** Whether the runs need no more measuring. Those that another machine made are final, also where a process failed. */
function isUsable(plan: Plan, { runs: text, installed }: Measured): boolean {
  const runs = text.endsWith('\n') ? parseRuns(text) : []
  return (installed !== null || runs.every(({ result }) => result === 'ok')) && isFinished(plan, runs)
}

async function execute(
  folder: string,
  interpreters: Interpreters,
  options: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  await writeAtomically(join(folder, 'interpreters.json'), canonicalJson(interpreters))
  const script = join(folder, 'harness', 'run.py')
  const ended = await run('python3', ['-B', script, folder, join(folder, 'out'), ...options], {
    environment: cleanEnvironment(visibleDevices()),
    onLine: log,
  })
  if (ended.exitCode === 0) return
  const said = ended.stderr.trim().split('\n').at(-1) ?? ''
  if (ended.exitCode === refused) {
    const [code, ...message] = said.split(': ')
    throw new IsobenchError(refusals[code!] ?? 'prerequisite-missing', message.join(': '), { hint: hintFor(said) })
  }
  if (ended.exitCode === null || ended.exitCode > 128) {
    throw new IsobenchError('interrupted', 'measuring was stopped', { hint: 'run the target again: it goes on' })
  }
  throw new Error(`harness/run.py failed with exit code ${ended.exitCode}:\n${ended.stderr}`)
}

/** Which GPUs are ours, where somebody has said so, e.g. Slurm in an allocation. */
function visibleDevices(): Record<string, string> {
  const named = process.env['CUDA_VISIBLE_DEVICES']
  return named === undefined ? {} : { CUDA_VISIBLE_DEVICES: named }
}

function hintFor(refusal: string): string {
  if (refusal.includes('bwrap')) {
    return 'install bubblewrap, or set `sandbox: none` in measurement.yaml if you trust the test with your rights'
  }
  if (refusal.startsWith('device-busy')) {
    return 'end the other program or wait for it, and run the target again: it goes on'
  }
  if (refusal.includes('docker')) {
    return 'start docker and pull the image, or set `sandbox: bubblewrap` in measurement.yaml and generation.yaml'
  }
  if (refusal.includes('accelerator')) {
    return 'measure on a machine that has it, or change `accelerator` in measurement.yaml'
  }
  if (refusal.includes('Python')) return 'put Python 3.9 or newer on PATH as `python3`'
  return 'remove what the message names, and run the target again'
}
