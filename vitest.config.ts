import { basename } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests of functions without effects. */
const pure = ['domain', 'schema'].map((name) => `test/unit/${name}/**/*.test.ts`)

/** Small files that take long: a worker that came to them last would be left alone with them. */
const long = new Set(
  ['simulation', 'soak', 'answers', 'batches', 'push-python-clients', 'install-wheel-dependencies'].map(
    (name) => `${name}.test.ts`,
  ),
)
const isLong = ({ moduleId }: TestSpecification): boolean => long.has(basename(moduleId))

/** The largest files first, as Vitest does where it knows no durations, but before them those that take long. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files) // oxlint-disable-line unicorn/no-array-sort -- not that of an array
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** Tests that expect verdicts: nothing else may run beside them. */
const measured = ['demo', 'shared-cache', 'slurm'].map((name) => `test/workspace/${name}.test.ts`)

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'domain',
          sequence: { groupOrder: 0 },
          include: pure,
          pool: 'threads',
          isolate: false, // without effects no file can disturb another, and modules are loaded once
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 1 },
          include: ['test/unit/**/*.test.ts'],
          exclude: pure,
          pool: 'forks',
          maxWorkers: 4, // most wait for other programs
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'workspace',
          sequence: { groupOrder: 2 },
          include: ['test/workspace/**/*.test.ts', 'test/browser/**/*.test.ts'],
          exclude: measured,
          pool: 'forks',
          maxWorkers: 2,
          globalSetup: 'test/support/compiled.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'measured',
          sequence: { groupOrder: 3 },
          include: measured,
          pool: 'forks',
          fileParallelism: false,
          globalSetup: 'test/support/compiled.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
