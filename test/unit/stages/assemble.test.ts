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
  expect(assemble(sampleAssembleInput({ generation: modelGeneration() }))).toMatchInlineSnapshot(`
    {
      "affected_apis": [
        "demo.parse.parse",
      ],
      "base_commit": "1405df66cbe219b0bf6355bc3d60361a8376b6b4",
      "base_performance": [
        0.2,
        0.21,
        0.19,
        0.2,
        0.2,
        0.2,
        0.22,
        0.2,
      ],
      "candidate_flags": [],
      "change_class": "runtime",
      "ci95": [
        0.45,
        0.55,
      ],
      "claim": null,
      "commit_date": "2024-01-02T03:04:05Z",
      "commit_message": "Make parsing faster

    By not splitting twice.",
      "commit_subject": "Make parsing faster",
      "efficiency_test": "def setup():
        return 1


    def experiment(state):
        return state + 1
    ",
      "environment": {
        "attempts": {
          "base": [
            {
              "answer": "built",
              "location": "build:1405df66cbe219b0bf6355bc3d60361a8376b6b4",
              "rung": "build",
            },
          ],
          "head": [
            {
              "answer": "built",
              "location": "build:1a954628a960aaef81d7b2d4521929579f3541e6",
              "rung": "build",
            },
          ],
        },
        "base": {
          "identity": "wheel-digest",
          "lock_sha256": "3bfcc7075c7148fb62dfc8dcb5eaa92a64be9a8b83e544101729aab697fcc1b2",
          "python": "3.11.7",
          "source": "build",
          "torch": null,
          "version": "1.0",
          "wheel_sha256": "1d06ef28020d94020e53480c7e3479893696a320c4467cee2b5e42f7afd82c59",
          "wheel_url": "build:1405df66cbe219b0bf6355bc3d60361a8376b6b4",
        },
        "comparable": true,
        "cutoff": null,
        "head": {
          "identity": "wheel-digest",
          "lock_sha256": "f4b3370cb937e37e2724729504d5f1efd2e25fd07d11d4cd75adb43b95965238",
          "python": "3.11.7",
          "source": "build",
          "torch": null,
          "version": "1.0",
          "wheel_sha256": "5717f60b830d18e91bd65bb69ce4a21f440c6e83dad2e27db1fbb7f7bb652b37",
          "wheel_url": "build:1a954628a960aaef81d7b2d4521929579f3541e6",
        },
        "installer": "uv 0.13.8",
        "platform": "linux-x86_64",
      },
      "expected_verdict": null,
      "files_changed": [
        "demo/parse.py",
      ],
      "generation_config": {
        "attempts": [
          {
            "cost_usd": 0.0125,
            "diagnostics": [],
            "finish_reason": "stop",
            "kind": "first",
            "parameters_json": "{"reasoning_effort":"high","seed":7}",
            "request_id": null,
            "request_sha256": "1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047",
            "response_model": "model-a-2024",
            "result": "ok",
            "usage": {
              "cached_tokens": 0,
              "input_tokens": 1200,
              "output_tokens": 340,
              "reasoning_tokens": null,
            },
          },
        ],
        "cost_usd": 0.0125,
        "model": "model-a",
        "origin": "model",
        "parameters_json": "{"reasoning_effort":"high","seed":7}",
        "prompt_sha256": "cf07194ee232eb531e15f690000d19846dea69cf05504782658afcfacb9228a2",
        "provider": "api.example.org",
        "usage": {
          "cached_tokens": 0,
          "input_tokens": 1200,
          "output_tokens": 340,
          "reasoning_tokens": null,
        },
      },
      "head_commit": "1a954628a960aaef81d7b2d4521929579f3541e6",
      "head_performance": [
        0.1,
        0.1,
        0.1,
        0.11,
        0.1,
        0.09,
        0.1,
        0.1,
      ],
      "instance_id": "demo-1a954628",
      "measurement": {
        "digest": "match",
        "fingerprint": {
          "accelerator": null,
          "cores": 2,
          "cpu": "Example CPU",
          "harness_python": "3.11.7",
          "memory_bytes": 8000000000,
          "system": "Linux 6.1.0 x86_64",
        },
        "flags": [
          "unsandboxed",
        ],
        "functions_reached": {
          "base": [
            "demo.parse:parse",
          ],
          "head": [
            "demo.parse:parse",
          ],
        },
        "minimum_detectable_effect": 0.02,
        "noise_floor": 0.004,
        "pairs": 8,
        "peak_memory_bytes": {
          "base": 12000000,
          "head": null,
        },
        "profile": "standard",
        "protocol": "abba-gs-wilcoxon/1",
        "sandbox": "none",
        "stopped_by": "decision",
      },
      "notes": null,
      "p_value": 0.0078125,
      "performance_improvement": 0.5,
      "provenance": {
        "analysis_sha256": "fa706e1305009a13893de942ebcd9ad1084ab101a0be548d1a26f017d643693e",
        "environment_sha256": "fdcb1e397fc147d765b6f9b67e4d80661ecd061be792a006519ab3da1bbc0c43",
        "generation_sha256": "2e75db680b3d60c163568e9476ac715a63fb5a7df9cbb7048ee26a43eb6d646a",
        "measurement_sha256": "7a826c35adcdb47bbc8146832a25100b1098d234dc214061851404e628527784",
        "runs_sha256": "1f64fff08d787e732e04559f4d241876b399d9d4251af79833bd22adbb2d331a",
        "tool": "nx-isobench 0.1.0",
      },
      "reason": null,
      "reason_message": null,
      "reason_side": null,
      "repository": "demo",
      "repository_license": "MIT",
      "repository_url": "https://example.org/demo.git",
      "schema_version": 1,
      "stage": null,
      "status": "measured",
      "test_passed": true,
      "verdict": "improved",
    }
  `)
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
