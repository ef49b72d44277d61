import type { Bundle } from '../../plugins/isobench/src/adapters/runner.ts'
import { createLocalRunner } from '../../plugins/isobench/src/adapters/runner.ts'
import { createPlan } from '../../plugins/isobench/src/domain/plan.ts'
import { runOutcome } from '../../plugins/isobench/src/domain/run-outcome.ts'
import { parseRuns } from '../../plugins/isobench/src/domain/runs.ts'
import { MeasurementSettings } from '../../plugins/isobench/src/schema/measurement-settings.ts'
import type { Outcome } from '../../plugins/isobench/src/schema/outcome.ts'
import type { Run } from '../../plugins/isobench/src/schema/run-bundle.ts'
import { sampleAnalysis, sampleSide } from './artifacts.ts'
import type { PythonSides } from './python-sides.ts'

const hasty = { warmup_seconds: 0, settle_seconds: 0, timed_seconds: 0.005 }

/** A bundle for a test of `demo.work`, with milliseconds of warm-up and timing instead of tenths of a second. */
export async function bundleOf(
  sides: PythonSides,
  test: string,
  settings: Partial<MeasurementSettings> = {},
): Promise<Bundle> {
  const plan = createPlan({
    instanceId: 'demo-00000000',
    test,
    harnessSha256: await createLocalRunner(sides.folder).harnessSha256(),
    base: sampleSide('base'),
    head: sampleSide('head'),
    functions: sampleAnalysis({
      functions: [{ path: 'demo.py', name: 'work', module: 'demo', sides: ['base', 'head'] }],
    }).functions,
    settings: MeasurementSettings.parse({ profile: 'quick', sandbox: 'none', timeout_seconds: 20, ...settings }),
  })
  const hurried = { ...plan, timing: { ...plan.timing, ...hasty } }
  return { plan: hurried, test, interpreters: async () => sides.interpreters }
}

/** Measures a bundle in the folder of the sides. */
export async function measureBundle(sides: PythonSides, bundle: Bundle): Promise<{ runs: Run[]; outcome: Outcome }> {
  const { runs: text } = await createLocalRunner(sides.folder).measure(bundle, () => {})
  const runs = parseRuns(text)
  return { runs, outcome: runOutcome(bundle.plan, runs) }
}
