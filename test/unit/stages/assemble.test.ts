import { expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { failed, ok, skipped } from '../../../plugins/isobench/src/schema/outcome.ts'
import { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'
import { type AssembleInput, assemble } from '../../../plugins/isobench/src/stages/assemble.ts'
import {
  emptyMeasurement,
  modelGeneration,
  sampleAnalysis,
  sampleCommit,
  sampleEnvironment,
  sampleGeneration,
  sampleMeasurement,
  sampleRepository,
} from '../../support/artifacts.ts'
import { sampleAssembleInput } from '../../support/records.ts'

test('a measured commit gives its verdict with the figures behind it', () => {
  const input = sampleAssembleInput({ generation: modelGeneration() })
  const { decision, samples } = input.measurement
  expect(assemble(input)).toMatchObject({
    instance_id: input.instanceId,
    repository: 'demo',
    repository_url: 'https://example.org/demo.git',
    repository_license: 'MIT',
    base_commit: input.analysis.base_commit,
    head_commit: input.commit.head,
    claim: null,
    files_changed: ['demo/parse.py'],
    efficiency_test: input.test,
    base_performance: samples.base,
    head_performance: samples.head,
    performance_improvement: 0.5,
    ci95: [0.45, 0.55],
    p_value: decision.p_value,
    verdict: 'improved',
    test_passed: true,
    status: 'measured',
    stage: null,
    reason: null,
    generation_config: { model: 'model-a', parameters_json: '{"reasoning_effort":"high","seed":7}', cost_usd: 0.0125 },
    environment: { installer: 'uv 0.13.8', comparable: true, base: { source: 'build', identity: 'wheel-digest' } },
    measurement: { protocol: 'abba-gs-wilcoxon/1', session: 1, pairs: 8, digest: 'match', sandbox: 'none' },
    provenance: { tool: 'nx-isobench 0.1.0', analysis_sha256: input.digests.analysis },
  })
})

test('equal artifacts give equal bytes, and the record is valid JSON', () => {
  const text = canonicalJson(assemble(sampleAssembleInput()))
  expect(canonicalJson(assemble(structuredClone(sampleAssembleInput())))).toBe(text)
  expect(CommitRecord.parse(JSON.parse(text))).toEqual(assemble(sampleAssembleInput()))
})

test('what commit.yaml and repository.yaml say goes into the record', () => {
  const commit = sampleCommit({ claim: '2x faster', notes: 'on long input', expect: 'improved' })
  const settings = sampleRepository({ bundle: 'demo.bundle', url: undefined, license: undefined })
  const record = assemble(sampleAssembleInput({ commit, repository: { name: 'demo', settings } }))
  expect(record).toMatchObject({
    claim: '2x faster',
    notes: 'on long input',
    expected_verdict: 'improved',
    repository_url: null,
    repository_license: null,
  })
})

test('a task stands in the record with what it gives away', () => {
  expect(assemble(sampleAssembleInput())).toMatchObject({ task: null, task_leak: null })
  const { hunks } = sampleAnalysis()
  const analysis = sampleAnalysis({ hunks: [{ ...hunks[0]!, text: '-old = 1\n+fast_parser = build(fast_table)' }] })
  const leakOf = (task: string) => assemble(sampleAssembleInput({ commit: sampleCommit({ task }), analysis })).task_leak
  expect(leakOf('Make it faster.')).toEqual({ severity: 'none', copied_lines: 0, telling_lines: 1, findings: [] })
  const leak = leakOf('Write this:\n\n    fast_parser = build(fast_table)\n')
  expect(leak).toMatchObject({ severity: 'answer', copied_lines: 1 })
  expect(leak!.findings[0]).toMatchObject({ rule: 'copied-code', line: 3 })
})

const noTest = { origin: null, test_sha256: null } as const

/** Artifacts of a commit that was lost at a stage; the stages after it are skipped. */
function lostAt(stage: NonNullable<CommitRecord['stage']>): AssembleInput {
  const loss = failed('wheel-missing', `lost at ${stage}`, 'head')
  const stages = ['analyze', 'install-wheel', 'generate-test', 'run-gpu'] as const
  const outcome = (own: (typeof stages)[number]) => {
    if (own === stage) return loss
    return stages.indexOf(own) < stages.indexOf(stage) ? ok : skipped(loss)
  }
  const hasTest = stage === 'run-gpu'
  const environment =
    stage === 'analyze' || stage === 'install-wheel' ? { base: null, head: null, installer: null } : {}
  return sampleAssembleInput({
    analysis: sampleAnalysis({ outcome: outcome('analyze') }),
    environment: sampleEnvironment({ outcome: outcome('install-wheel'), ...environment }),
    generation: sampleGeneration({ outcome: outcome('generate-test'), ...(hasTest ? {} : noTest) }),
    measurement: emptyMeasurement(outcome('run-gpu')),
    ...(hasTest ? {} : { test: null }),
  })
}

test.each(['analyze', 'install-wheel', 'generate-test', 'run-gpu'] as const)(
  'a commit that was lost at %s names that stage and its reason',
  (stage) => {
    const record = assemble(lostAt(stage))
    expect(record).toMatchObject({
      status: 'unmeasured',
      verdict: 'unmeasured',
      stage,
      reason: 'wheel-missing',
      reason_side: 'head',
      reason_message: `lost at ${stage}`,
      base_performance: [],
      head_performance: [],
      performance_improvement: null,
      ci95: null,
      p_value: null,
      test_passed: false,
    })
    expect(record.measurement.protocol).toBe(stage === 'run-gpu' ? 'abba-gs-wilcoxon/1' : null)
    expect(record.measurement.sandbox).toBe(stage === 'run-gpu' ? 'none' : null)
  },
)

test('times of a measurement that does not count are not in the record', () => {
  const outcome = failed('output-differs', 'base and head return different values')
  const record = assemble(sampleAssembleInput({ measurement: sampleMeasurement({ outcome, digest: 'mismatch' }) }))
  expect(record).toMatchObject({ verdict: 'unmeasured', base_performance: [], performance_improvement: null })
})

test.each([
  ['ok', ok, 'match', true],
  ['ok without a digest', ok, 'absent', true],
  ['ok, though digests differ', ok, 'mismatch', false],
  ['an unstable host', failed('host-unstable', 'x'), 'match', true],
  ['a test that misses the change', failed('change-not-exercised', 'x'), 'match', true],
  ['a crash', failed('test-crashed', 'x', 'head'), null, false],
  ['a timeout', failed('timed-out', 'x', 'base'), null, false],
  ['a broken contract', failed('contract-violated', 'x'), 'match', false],
  ['different output', failed('output-differs', 'x'), 'mismatch', false],
] as const)('test_passed after %s', (_, outcome, digest, expected) => {
  const measurement = sampleMeasurement({ outcome, digest })
  expect(assemble(sampleAssembleInput({ measurement })).test_passed).toBe(expected)
})

test('a test that ran on one side only has not passed', () => {
  const outcome = failed('host-unstable', 'x')
  const measurement = sampleMeasurement({ outcome, samples: { base: [1], head: [] } })
  expect(assemble(sampleAssembleInput({ measurement })).test_passed).toBe(false)
})

test('text that was cut in the middle of a character is mended', () => {
  const analysis = sampleAnalysis({ message: 'faster \ud83d', subject: 'faster 👩‍🔬' })
  const record = assemble(sampleAssembleInput({ analysis }))
  expect(record.commit_message).toBe('faster \uFFFD')
  expect(record.commit_subject).toBe('faster 👩‍🔬')
})

const { decision } = sampleMeasurement()

test.each<[string, Partial<AssembleInput>, string]>([
  [
    'an analysis of another commit',
    { analysis: sampleAnalysis({ repository: 'other' }) },
    'analysis of another commit at demo-1a954628: other',
  ],
  ['another test', { test: 'print()' }, 'efficiency_test.py is not the one that generation.json names'],
  ['a missing test', { test: null }, 'efficiency_test.py is not the one that generation.json names'],
  [
    'a result without a verdict',
    { measurement: sampleMeasurement({ decision: { ...decision, verdict: 'unmeasured' } }) },
    'artifacts make no record: `verdict` of',
  ],
  [
    'a result without times',
    { measurement: sampleMeasurement({ samples: { base: [], head: [1] } }) },
    'artifacts make no record: `base_performance` of',
  ],
])('artifacts that contradict each other are refused: %s', (_, overrides, message) => {
  const input = sampleAssembleInput(overrides)
  expect(() => assemble(input)).toThrow(
    expect.objectContaining({ code: 'corrupt-artifact', message: expect.stringContaining(message) as string }),
  )
})
