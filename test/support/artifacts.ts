import { createHash } from 'node:crypto'
import {
  Analysis,
  Commit,
  Environment,
  Generation,
  type InstalledSide,
  Measurement,
  type Outcome,
  Repository,
} from '../../plugins/isobench/src/schema/index.ts'
import { ok } from '../../plugins/isobench/src/schema/outcome.ts'

/** A digest that is one: of the text given. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A full commit hash made from the text given. */
export function commitHash(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

export const sampleTest = 'def setup():\n    return 1\n\n\ndef experiment(state):\n    return state + 1\n'

export function sampleCommit(overrides: Partial<Commit> = {}): Commit {
  return Commit.parse({ head: commitHash('head'), ...overrides })
}

export function sampleRepository(overrides: Partial<Repository> = {}): Repository {
  return Repository.parse({
    url: 'https://example.org/demo.git',
    package: { name: 'demo', import: 'demo' },
    wheels: [{ kind: 'build' }],
    license: 'MIT',
    ...overrides,
  })
}

export function sampleAnalysis(overrides: Partial<Analysis> = {}): Analysis {
  return Analysis.parse({
    schema_version: 1,
    outcome: ok,
    repository: 'demo',
    head_commit: commitHash('head'),
    base_commit: commitHash('base'),
    source: 'git',
    subject: 'Make parsing faster',
    message: 'Make parsing faster\n\nBy not splitting twice.',
    author_date: '2024-01-02T03:04:05Z',
    commit_date: '2024-01-02T03:04:05Z',
    flags: [],
    change_class: 'runtime',
    files: [
      {
        path: 'demo/parse.py',
        old_path: null,
        change: 'modified',
        role: 'source',
        lines_added: 3,
        lines_removed: 5,
      },
    ],
    functions: [{ path: 'demo/parse.py', name: 'parse', module: 'demo.parse', sides: ['base', 'head'] }],
    affected_apis: ['demo.parse.parse'],
    hunks: [{ path: 'demo/parse.py', header: '@@ -1,5 +1,3 @@', text: '-a\n+b', rank: 1 }],
    native_changed: false,
    ...overrides,
  })
}

export function sampleSide(side: 'base' | 'head', overrides: Partial<InstalledSide> = {}): InstalledSide {
  const commit = commitHash(side)
  return {
    commit,
    rung: 'build',
    wheel: {
      filename: 'demo-1.0-py3-none-any.whl',
      location: `build:${commit}`,
      sha256: digestOf(`wheel ${side}`),
      size_bytes: 1234,
      version: '1.0',
      generator: 'demo 1.0',
      build_cutoff: '2024-01-09T03:04:05Z',
      overlay: null,
    },
    version: '1.0',
    identity: 'wheel-digest',
    python: '3.11.7',
    packages: { demo: '1.0' },
    torch: null,
    lock_sha256: digestOf(`lock ${side}`),
    environment_key: digestOf(`environment ${side}`).slice(0, 16),
    attempts: [buildAttempt(side)],
    ...overrides,
  }
}

function buildAttempt(side: 'base' | 'head') {
  return { rung: 'build', location: `build:${commitHash(side)}`, answer: 'built' } as const
}

export function sampleEnvironment(overrides: Partial<Environment> = {}): Environment {
  return Environment.parse({
    schema_version: 1,
    outcome: ok,
    installer: { name: 'uv', version: '0.13.8' },
    platform: 'linux-x86_64',
    cutoff: null,
    choices: null,
    base: sampleSide('base'),
    head: sampleSide('head'),
    comparable: true,
    attempts: { base: [buildAttempt('base')], head: [buildAttempt('head')] },
    ...overrides,
  })
}

const noUsage = { input_tokens: null, output_tokens: null, reasoning_tokens: null, cached_tokens: null }

export function sampleGeneration(overrides: Partial<Generation> = {}): Generation {
  return Generation.parse({
    schema_version: 1,
    outcome: ok,
    origin: 'reviewed',
    test_sha256: digestOf(sampleTest),
    provider: null,
    model: null,
    parameters: {},
    prompt_sha256: null,
    attempts: [],
    usage: noUsage,
    cost_usd: null,
    ...overrides,
  })
}

/** A test that a model wrote with one call, without reported reasoning tokens. */
export function modelGeneration(overrides: Partial<Generation> = {}): Generation {
  const usage = { input_tokens: 1200, output_tokens: 340, reasoning_tokens: null, cached_tokens: 0 }
  return sampleGeneration({
    origin: 'model',
    provider: 'api.example.org',
    model: 'model-a',
    parameters: { reasoning_effort: 'high', seed: 7 },
    prompt_sha256: digestOf('prompt'),
    attempts: [
      {
        kind: 'first',
        result: 'ok',
        finish_reason: 'stop',
        request_id: null,
        response_model: 'model-a-2024',
        service_tier: null,
        request_sha256: digestOf('request'),
        parameters_json: '{"reasoning_effort":"high","seed":7}',
        usage,
        cost_usd: 0.0125,
        diagnostics: [],
      },
    ],
    usage,
    cost_usd: 0.0125,
    ...overrides,
  })
}

export function sampleMeasurement(overrides: Partial<Measurement> = {}): Measurement {
  return Measurement.parse({
    schema_version: 1,
    outcome: ok,
    protocol: 'abba-gs-wilcoxon/1',
    profile: 'standard',
    session: 1,
    decision: {
      verdict: 'improved',
      pairs: 8,
      improvement: 0.5,
      ci95: [0.45, 0.55],
      p_value: 0.0078125,
      minimum_detectable_effect: 0.02,
      noise_floor: 0.004,
      pair_deviation: 0.01,
      looks: [8],
      exclusions: [],
      stopped_by: 'decision',
      flags: ['unsandboxed'],
    },
    samples: {
      base: [0.2, 0.21, 0.19, 0.2, 0.2, 0.2, 0.22, 0.2],
      head: [0.1, 0.1, 0.1, 0.11, 0.1, 0.09, 0.1, 0.1],
    },
    secondary_metrics: [],
    controls: [],
    digest: 'match',
    functions_reached: { base: ['demo.parse:parse'], head: ['demo.parse:parse'] },
    peak_memory_bytes: { base: 12_000_000, head: null },
    sandbox: 'none',
    installed: null,
    fingerprint: {
      system: 'Linux 6.1.0 x86_64',
      cpu: 'Example CPU',
      cores: 2,
      memory_bytes: 8_000_000_000,
      accelerator: null,
      harness_python: '3.11.7',
    },
    host_noise: { probe: 0.01, spin: 0.01, lost: 0.001, steal: 0, others: 0.02 },
    runs_sha256: digestOf('runs'),
    plan_sha256: digestOf('plan'),
    ...overrides,
  })
}

/** A measurement without a result: nothing was timed. */
export function emptyMeasurement(outcome: Outcome): Measurement {
  return sampleMeasurement({
    outcome,
    decision: {
      verdict: 'unmeasured',
      pairs: 0,
      improvement: null,
      ci95: null,
      p_value: null,
      minimum_detectable_effect: null,
      noise_floor: null,
      pair_deviation: null,
      looks: [],
      exclusions: [],
      stopped_by: null,
      flags: [],
    },
    samples: { base: [], head: [] },
    digest: null,
    functions_reached: null,
    peak_memory_bytes: null,
    fingerprint: null,
    host_noise: null,
    runs_sha256: null,
    plan_sha256: null,
  })
}
