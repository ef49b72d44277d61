import { readMembers } from '../../plugins/isobench/src/domain/report/members.ts'
import { reportOf, simulatedMembers } from '../../test/support/report.ts'
import { type Measure, atMost } from './measure.ts'

/**
 * How long the report of 500 simulated commits takes to build, all 505 files of it, from the texts of the artifacts.
 * Beside it: how long reading and checking these artifacts alone takes, and how much comes out.
 */
export function reportOf500(): Measure {
  const members = simulatedMembers(500, 7)
  const start = performance.now()
  readMembers(members)
  const read = performance.now()
  const files = reportOf(members)
  const end = performance.now()
  const megabytes = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
  return atMost(3, 'report of 500 commits', (end - read) / 1000, 's', {
    'reading the artifacts alone, s': (read - start) / 1000,
    files: files.size,
    'written, MB': megabytes,
  })
}
