import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preparePackages } from './prepare.ts'

/** `npm test`: prepares what it can, then the gate, then every test. Arguments go to vitest, e.g. a file name. */
const folder = mkdtempSync(join(tmpdir(), 'isobench-test-'))
const report = join(folder, 'report.json')
preparePackages()
const filters = process.argv.slice(2)
const gate = filters.length > 0 ? 0 : run('npm', ['run', '--silent', 'check:static'])
const tests =
  gate === 0
    ? run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters])
    : 1
if (gate === 0) printCount()
rmSync(folder, { recursive: true, force: true })
process.exit(gate === 0 ? tests : gate)

function run(program: string, args: readonly string[]): number {
  const result = spawnSync(program, args, { stdio: 'inherit' })
  if (result.error !== undefined) throw result.error
  return result.status ?? 1
}

function printCount(): void {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`)
}
