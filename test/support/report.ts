import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson, canonicalJsonLine } from '../../plugins/isobench/src/domain/canonical-json.ts'
import { decide } from '../../plugins/isobench/src/domain/decision.ts'
import { sha256 } from '../../plugins/isobench/src/domain/digest.ts'
import type { MemberTexts } from '../../plugins/isobench/src/domain/report/members.ts'
import { completePairs, countedPairs } from '../../plugins/isobench/src/domain/runs.ts'
import { Commit, DatasetSettings } from '../../plugins/isobench/src/schema/index.ts'
import type { Plan, Run } from '../../plugins/isobench/src/schema/run-bundle.ts'
import { type AssembleInput, assemble } from '../../plugins/isobench/src/stages/assemble.ts'
import { type ReportInput, report } from '../../plugins/isobench/src/stages/report.ts'
import { commitHash, emptyMeasurement, sampleMeasurement } from './artifacts.ts'
import { pairsOfRatios, randomNumbers, samplePlan, sampleRuns } from './runs.ts'
import { sampleAssembleInput } from './records.ts'
import { mixedDataset } from './simulated-dataset.ts'
import { pairedRatios } from './simulation.ts'

const files = join(import.meta.dirname, '../../plugins/isobench/report')

/** The report of these members, with the real style sheet and script. */
export function reportOf(members: readonly MemberTexts[], overrides: Partial<ReportInput> = {}): Map<string, string> {
  return report({
    name: 'demo',
    settings: DatasetSettings.parse({ commits: ['demo'], title: 'Demo' }),
    members,
    earlier: null,
    tool: 'nx-isobench 0.1.0',
    style: readFileSync(join(files, 'style.css'), 'utf8'),
    script: readFileSync(join(files, 'table.js'), 'utf8'),
    ...overrides,
  })
}

/** The texts of a commit's artifacts, whose digests agree. */
export function memberTexts(
  name: string,
  overrides: Partial<AssembleInput> = {},
  runs: readonly Run[] = [],
): MemberTexts {
  const head = overrides.commit?.head ?? commitHash(name)
  const made = sampleAssembleInput({ commit: Commit.parse({ head }), ...overrides })
  const text = runs.map((run) => `${canonicalJsonLine(run)}\n`).join('')
  const input: AssembleInput = {
    ...made,
    analysis: { ...made.analysis, head_commit: head, base_commit: commitHash(`${name} base`) },
    measurement: { ...made.measurement, runs_sha256: runs.length === 0 ? null : sha256(text) },
  }
  const [analysis, measurement] = [canonicalJson(input.analysis), canonicalJson(input.measurement)]
  const record = assemble({
    ...input,
    digests: { ...input.digests, analysis: sha256(analysis), measurement: sha256(measurement) },
  })
  return { instanceId: record.instance_id, record: canonicalJson(record), analysis, measurement, runs: text }
}

/** A commit that was measured with these values of ln(head/base), decided by the real rule. */
export function measuredMember(
  name: string,
  logRatios: readonly number[],
  overrides: Partial<AssembleInput> = {},
  change: (runs: Run[]) => Run[] = (runs) => runs,
): MemberTexts {
  const plan = samplePlan({ profile: 'standard', budget_seconds: 86_400 })
  return memberOf(name, plan, change(sampleRuns(plan, pairsOfRatios(logRatios))), overrides)
}

function memberOf(name: string, plan: Plan, runs: readonly Run[], overrides: Partial<AssembleInput>): MemberTexts {
  const decision = decide(plan, runs)
  const counted = countedPairs(completePairs(runs)).slice(0, decision.pairs)
  const measurement = sampleMeasurement({
    decision,
    samples: { base: counted.map(({ base }) => base.seconds!), head: counted.map(({ head }) => head.seconds!) },
    plan_sha256: runs[0]!.plan_sha256,
    ...overrides.measurement,
  })
  return memberTexts(name, { ...overrides, measurement }, runs)
}

/** A commit that was lost while it was measured. */
export function lostMember(name: string, overrides: Partial<AssembleInput> = {}): MemberTexts {
  const outcome = {
    status: 'failed',
    reason: 'test-crashed',
    side: 'head',
    message: 'IndexError: out of range',
  } as const
  return memberTexts(name, { measurement: emptyMeasurement(outcome), ...overrides })
}

/** Measured commits of a simulated dataset: many machines, 40 % of the commits faster. */
export function simulatedMembers(count: number, seed: number): MemberTexts[] {
  const plan = samplePlan({ budget_seconds: 86_400 })
  const coin = randomNumbers(seed)
  return mixedDataset(count, seed).map(({ session }, index) => {
    const runs = sampleRuns(plan, pairsOfRatios(pairedRatios(session, 20, coin)))
    return memberOf(`simulated ${seed} ${index}`, plan, runs, {})
  })
}
