import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preparePackages } from './prepare.ts'

/**
 * `npm test`: prepares what it can, then the gate, then every test; those that expect verdicts last, one after
 * the other. Arguments go to vitest, e.g. a file name, and then only those tests run.
 */
const projects = ['domain', 'unit', 'workspace', 'measured']
const folder = mkdtempSync(join(tmpdir(), 'isobench-test-'))
preparePackages()
const filters = process.argv.slice(2)
const passed =
  filters.length > 0
    ? run('vitest', ['run', ...filters])
    : run('npm', ['run', '--silent', 'check:static']) && projects.map(tests).every(Boolean)
if (filters.length === 0) printCount()
rmSync(folder, { recursive: true, force: true })
process.exit(passed ? 0 : 1)

function tests(project: string): boolean {
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

function run(program: string, args: readonly string[]): boolean {
  const result = spawnSync(program, args, { stdio: 'inherit' })
  if (result.error !== undefined) throw result.error
  return result.status === 0
}

/** The sum over all projects on a line of its own, as CI reads it. */
function printCount(): void {
  const reports = projects.map(report).filter((file) => existsSync(file))
  const counts = reports.map((file) => JSON.parse(readFileSync(file, 'utf8')))
  const sum = (key: string): number => counts.reduce((total, count) => total + count[key], 0)
  console.log(`${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed, ${sum('numPendingTests')} skipped`)
}
