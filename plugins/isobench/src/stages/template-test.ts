import { sha256 } from '../domain/digest.ts'
import { withFooter } from '../domain/footer.ts'
import { checkTest, formatDiagnostic } from '../domain/test-rules.ts'
import { trialDiagnostics } from '../domain/trial.ts'
import { missingSide } from '../domain/type-findings.ts'
import { sumUsage } from '../domain/usage.ts'
import { chooseWorkload, workloadLabel, workloadTest } from '../domain/workload.ts'
import { IsobenchError } from '../errors.ts'
import type { Generation } from '../schema/generation.ts'
import { type Outcome, failed, ok } from '../schema/outcome.ts'
import { type WriteTestEffects, type WriteTestInput, testContext } from './write-test.ts'

type TemplateInput = Pick<WriteTestInput, 'repository' | 'analysis' | 'settings'>
type TemplateEffects = Pick<WriteTestEffects, 'python' | 'types' | 'trial' | 'footer' | 'log'>

/**
 * Makes a test from the workloads that are written down for the repository, without any model: the baseline that
 * models are compared with. It is checked as a model's test is, and not repaired.
 * @throws IsobenchError `bad-input` for a workload that breaks a rule, which an edit mends
 */
export async function templateTest(
  input: TemplateInput,
  effects: TemplateEffects,
): Promise<{ generation: Generation; test: string | null }> {
  const chosen = chooseWorkload(input.settings.workloads, input.analysis)
  if (chosen === null) {
    const outcome = failed('test-missing', 'no workload in generation.yaml fits what the commit changes')
    return { generation: templateGeneration(null, outcome, null), test: null }
  }
  const code = workloadTest(chosen)
  effects.log(`workload ${chosen.workload.name}, chosen for ${chosen.api}`)
  const outcome = await judge(code, chosen.workload.name, input, effects)
  const test = outcome.status === 'ok' ? withFooter(code, effects.footer) : null
  return { generation: templateGeneration(workloadLabel(chosen.workload), outcome, test), test }
}

async function judge(
  code: string,
  name: string,
  input: TemplateInput,
  { python, types, trial, footer }: TemplateEffects,
): Promise<Outcome> {
  const reading = await python.read(code)
  const [mistake] = 'problem' in reading ? [reading.problem] : checkTest(reading.tree, testContext(input))
  if ('problem' in reading || mistake !== undefined) {
    throw new IsobenchError('bad-input', `workload ${name} in generation.yaml: ${formatDiagnostic(mistake!)}`, {
      hint: 'the line is that of the test it makes; docs/test-rules.md says what each rule wants',
    })
  }
  const missing = (await types.check([{ code, tree: reading.tree }]))[0]!
  const said = `workload ${name}: `
  const [first] = missing
  if (first !== undefined) {
    const side = missingSide(missing)
    const reason = side === null ? 'test-invalid' : 'one-sided-api'
    return failed(reason, said + formatDiagnostic(first), side)
  }
  if (input.settings.verify === 'static') return ok
  const [failure] = trialDiagnostics(await trial(withFooter(code, footer)), input.analysis.functions)
  return failure === undefined ? ok : failed('test-invalid', said + formatDiagnostic(failure))
}

function templateGeneration(model: string | null, outcome: Outcome, test: string | null): Generation {
  return {
    schema_version: 1,
    outcome,
    origin: test === null ? null : 'template',
    test_sha256: test === null ? null : sha256(test),
    provider: model === null ? null : 'template',
    model,
    parameters: {},
    prompt_sha256: null,
    attempts: [],
    usage: sumUsage([]),
    cost_usd: 0,
  }
}
