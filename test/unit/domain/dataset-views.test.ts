import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { features } from '../../../plugins/isobench/src/domain/card-front-matter.ts'
import { tablesOf } from '../../../plugins/isobench/src/domain/dataset-tables.ts'
import { gsoRows, seedRows, swePerfRows } from '../../../plugins/isobench/src/domain/dataset-views.ts'
import { generationSection } from '../../../plugins/isobench/src/domain/record-sections.ts'
import { View } from '../../../plugins/isobench/src/schema/view-rows.ts'
import { modelGeneration, sampleTest } from '../../support/artifacts.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'

/** Names and types of the columns of a view, as the Hub spells them. */
function columnsOn(view: View): Record<string, unknown> {
  const { columns } = tablesOf([view]).at(-1)!
  return Object.fromEntries(features(columns).map(({ name, ...type }) => [name, 'dtype' in type ? type.dtype : type]))
}

const text = 'string'
const texts = { list: 'string' }

/** The example record in docs/archive/Finally_working_test_generation.md of Lossfunk/ISO-Bench@0a6716b. */
test('`seed` has the keys that the ancestor documents, in its order', () => {
  expect(Object.entries(columnsOn('seed'))).toEqual([
    ['base_commit', text],
    ['head_commit', text],
    ['commit_message', text],
    ['files_changed', texts],
    ['affected_apis', texts],
    ['efficiency_test', texts],
    ['base_performance', { list: 'float64' }],
    ['head_performance', { list: 'float64' }],
    ['performance_improvement', 'float64'],
    ['test_passed', 'bool'],
    [
      'generation_config',
      {
        struct: [
          { name: 'model', dtype: text },
          { name: 'max_tokens', dtype: 'int64' },
          { name: 'reasoning_effort', dtype: text },
        ],
      },
    ],
  ])
})

/** The columns that the script which publishes SWE-Perf/SWE-perf keeps and adds, in its order. */
test('`swe-perf` has the columns of SWE-Perf', () => {
  expect(Object.entries(columnsOn('swe-perf'))).toEqual([
    ['repo', text],
    ['instance_id', text],
    ['patch', text],
    ['test_patch', text],
    ['base_commit', text],
    ['head_commit', text],
    ['created_at', text],
    ['version', text],
    ['duration_changes', text],
    ['efficiency_test', texts],
    ['patch_functions', text],
    ['problem_statement_oracle', text],
    ['test_functions', text],
    ['problem_statement_realistic', text],
    ['human_performance', 'float64'],
  ])
})

/** The features on the card of gso-bench/gso. */
test('`gso` has the columns of GSO', () => {
  expect(Object.entries(columnsOn('gso'))).toEqual([
    ['instance_id', text],
    ['repo', text],
    ['base_commit', text],
    ['opt_commit', text],
    ['api', text],
    ['prob_script', text],
    ['tests', texts],
    ['hints_text', text],
    ['setup_commands', texts],
    ['install_commands', texts],
    ['created_at', text],
    ['gt_commit_message', text],
    ['gt_diff', text],
    ['arch', text],
    ['instance_image_tag', text],
  ])
})

const record = sampleRecord('a', { repository_url: 'https://github.com/someone/demo.git' })

test('a measured commit as the ancestor writes it', () => {
  expect(seedRows(record)).toEqual([
    {
      base_commit: record.base_commit,
      head_commit: record.head_commit,
      commit_message: record.commit_message,
      files_changed: record.files_changed,
      affected_apis: record.affected_apis,
      efficiency_test: [sampleTest],
      base_performance: record.base_performance,
      head_performance: record.head_performance,
      performance_improvement: 0.5,
      test_passed: true,
      generation_config: { model: null, max_tokens: null, reasoning_effort: null },
    },
  ])
  const parameters = { effort: 'medium', max_completion_tokens: 24_000 }
  const written = sampleRecord('b', { generation_config: generationSection(modelGeneration({ parameters })) })
  expect(seedRows(written)[0]!.generation_config).toEqual({
    model: 'model-a',
    max_tokens: 24_000,
    reasoning_effort: 'medium',
  })
})

test('an improved commit as SWE-Perf writes it; its test can be added by git', async () => {
  const [row] = swePerfRows(record)
  expect(row).toMatchObject({
    repo: 'someone/demo',
    instance_id: record.instance_id,
    patch: null,
    version: '1.0',
    efficiency_test: ['efficiency_test.py'],
    human_performance: 0.5,
  })
  const changes = JSON.parse(row!.duration_changes) as Record<string, { base: number; head: number }>[]
  expect(changes).toHaveLength(8)
  expect(changes[0]).toEqual({ 'efficiency_test.py': { base: 0.2, head: 0.1 } })

  const folder = await mkdtemp(join(tmpdir(), 'isobench-view-'))
  try {
    for (const script of [sampleTest, '# no end of line', '\n\n']) {
      const patch = swePerfRows(sampleRecord('c', { efficiency_test: script }))[0]!.test_patch
      await execa('git', ['apply', '-'], { cwd: folder, input: patch })
      expect(await readFile(join(folder, 'efficiency_test.py'), 'utf8')).toBe(script)
      await rm(join(folder, 'efficiency_test.py'))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('an improved commit as GSO writes it; a wheel with a URL is installed by its digest', () => {
  expect(gsoRows(record)).toMatchObject([
    { repo: 'someone/demo', opt_commit: record.head_commit, tests: [sampleTest], install_commands: [], arch: 'x86_64' },
  ])
  const base = { ...record.environment.base!, wheel_url: 'http://127.0.0.1/demo-1.0-py3-none-any.whl' }
  const [row] = gsoRows({ ...record, environment: { ...record.environment, base } })
  expect(row!.install_commands).toEqual([`pip install --no-deps "${base.wheel_url}#sha256=${base.wheel_sha256}"`])
})

test('a failure is in no view, and only what is faster by a comparison that counts is an instance', () => {
  const lost = unmeasuredRecord('d', { stage: 'run-gpu', reason: 'test-crashed' })
  const regressed = sampleRecord('e', { verdict: 'regressed', performance_improvement: -0.2 })
  const unlike = { ...record, environment: { ...record.environment, comparable: false } }
  const rows = [lost, regressed, unlike].map((each) => [seedRows(each), swePerfRows(each), gsoRows(each)])
  expect(rows.map((all) => all.map(({ length }) => length))).toEqual([
    [0, 0, 0],
    [1, 0, 0],
    [1, 0, 0],
  ])
})
