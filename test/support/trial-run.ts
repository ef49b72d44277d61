import { Run } from '../../plugins/isobench/src/schema/run-bundle.ts'
import type { Side } from '../../plugins/isobench/src/schema/outcome.ts'
import { digestOf } from './artifacts.ts'

/** One process of a trial, gone well unless the overrides say otherwise. */
export function trialRun(side: Side, overrides: Partial<Run> = {}): Run {
  return Run.parse({
    schema_version: 1,
    plan_sha256: digestOf('plan'),
    nonce: '0'.repeat(32),
    sandbox: 'bubblewrap',
    installed_sha256: null,
    index: 0,
    purpose: 'coverage',
    pair: null,
    side,
    started_at: '2024-01-02T03:04:05Z',
    result: 'ok',
    message: null,
    exit_code: 0,
    wall_seconds: 1,
    seconds: 0.1,
    iterations_seconds: [0.1],
    warmup_iterations: 1,
    peak_memory_bytes: 1,
    peak_device_memory_bytes: null,
    device_seconds: null,
    metrics: {},
    digest: null,
    reached: ['demo.parse.parse'],
    imported: ['demo'],
    stderr_tail: null,
    probe_seconds: 0.01,
    ...overrides,
  })
}
