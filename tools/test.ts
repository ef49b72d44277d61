import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { preparePackages } from './prepare.ts'

/**
 * `npm test`: prepares what it can, meanwhile the gate, then every test; those that expect verdicts last, one after the
 * other. Arguments go to vitest, e.g. a file name, and then only those tests run.
 */
const projects = ['domain', 'unit', 'workspace', 'measured']
const folder = mkdtempSync(join(tmpdir(), 'isobench-test-'))
const prepared = preparePackages()
const filters = process.argv.slice(2)
const passed = filters.length > 0 ? await some() : await everything()
if (filters.length === 0) printCount()
rmSync(folder, { recursive: true, force: true })
process.exit(passed ? 0 : 1)

async function some(): Promise<boolean> {
  await prepared
  return run('vitest', ['run', ...filters])
}

async function everything(): Promise<boolean> {
  const isClean = await run('npm', ['run', '--silent', 'check:static'])
  await prepared
  if (!isClean) return false
  const ends: boolean[] = []
  for (const project of projects) ends.push(await tests(project))
  return ends.every(Boolean)
}

function tests(project: string): Promise<boolean> {
  return run('vitest', [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report(project)}`,
  ])
}

function report(project: string): string {
  return join(folder, `${project}.json`)
}

async function run(program: string, args: readonly string[]): Promise<boolean> {
  const result = await execa(program, args, { stdio: 'inherit', reject: false })
  if (result.exitCode === undefined && !result.isTerminated) throw new Error(`cannot run ${program}`, { cause: result })
  return result.exitCode === 0
}

/** The sum over all projects on a line of its own, as CI reads it. */
function printCount(): void {
  const reports = projects.map(report).filter((file) => existsSync(file))
  const counts = reports.map((file) => JSON.parse(readFileSync(file, 'utf8')))
  const sum = (key: string): number => counts.reduce((total, count) => total + count[key], 0)
  console.log(`${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed, ${sum('numPendingTests')} skipped`)
}
