import { promptSha256 } from '../domain/prompt.ts'
import { outputRoom, resolveProvider } from '../domain/provider.ts'
import { sha256 } from '../domain/digest.ts'
import { sumOrNull, sumUsage } from '../domain/usage.ts'
import { IsobenchError } from '../errors.ts'
import type { Generation } from '../schema/generation.ts'
import { type Outcome, failed, ok, skipped } from '../schema/outcome.ts'
import type { ProviderProfile } from '../schema/provider.ts'
import { withFooter, withoutFooter } from '../domain/footer.ts'
import { allowedByComment, checkTest, hintOf } from '../domain/test-rules.ts'
import { templateTest } from './template-test.ts'
import { type WriteTestEffects, type WriteTestInput, testContext, writeTest } from './write-test.ts'

export interface GenerateTestInput extends Omit<WriteTestInput, 'model' | 'provider'> {
  /** The endpoint that `settings.provider` names; not needed where all of it stands there */
  readonly provider?: ProviderProfile | undefined
  /** A test that a person stands behind; `file` is the path that messages name. */
  readonly reviewedTest?: { readonly text: string; readonly file: string } | undefined
}

export type GenerateTestEffects = WriteTestEffects

/**
 * Gives the efficiency test of a commit: the reviewed one, or one that a model writes. A reviewed test may end in the
 * footer, as a generated one does that was copied; it is replaced by the present one.
 * @throws IsobenchError `bad-input` for a reviewed test that breaks the contract, and what `model` and `trial` throw
 */
export async function generateTest(
  input: GenerateTestInput,
  effects: GenerateTestEffects,
): Promise<{ generation: Generation; test: string | null }> {
  const earlier = [input.analysis.outcome, input.environment.outcome].find((outcome) => outcome.status !== 'ok')
  if (earlier !== undefined) return { generation: withoutModel(skipped(earlier)), test: null }
  if (input.reviewedTest !== undefined) {
    const code = await reviewedCode(input.reviewedTest, input, effects)
    const test = withFooter(code, effects.footer)
    return { generation: { ...withoutModel(ok), origin: 'reviewed', test_sha256: sha256(test) }, test }
  }
  const { model, provider: reference, workloads } = input.settings
  const provider = input.provider ?? (reference === undefined ? undefined : resolveProvider(reference, undefined))
  if (provider === undefined && workloads.length > 0) return templateTest(input, effects)
  if (provider === undefined || model === undefined) {
    const message = 'no efficiency_test.py beside commit.yaml and no provider in generation.yaml'
    return { generation: withoutModel(failed('test-missing', message)), test: null }
  }
  const { attempts, outcome, test } = await writeTest({ ...input, model, provider }, effects)
  const generation: Generation = {
    schema_version: 1,
    outcome,
    origin: test === null ? null : 'model',
    test_sha256: test === null ? null : sha256(test),
    provider: new URL(provider.base_url).host,
    model,
    parameters: {
      ...input.settings.parameters,
      ...(input.settings.effort === undefined ? {} : { effort: input.settings.effort }),
      [provider.token_parameter]: outputRoom(input.settings),
    },
    prompt_sha256: promptSha256(input.prompt),
    attempts,
    usage: sumUsage(attempts.map((attempt) => attempt.usage)),
    cost_usd: sumOrNull(attempts.map((attempt) => attempt.cost_usd)),
  }
  return { generation, test }
}

async function reviewedCode(
  { text, file }: { readonly text: string; readonly file: string },
  input: GenerateTestInput,
  { python, footer }: GenerateTestEffects,
): Promise<string> {
  const code = withoutFooter(text, footer)
  const reading = await python.read(code)
  const found = 'problem' in reading ? [reading.problem] : checkTest(reading.tree, testContext(input))
  const [first, ...others] = found.filter((each) => !allowedByComment(each, code))
  if (first === undefined) return code
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  const where = `${file}:${first.line ?? 1}:${first.column ?? 1}`
  throw new IsobenchError('bad-input', `${where}: ${first.message}${more}`, {
    hint: `${hintOf(first)}; where it is meant, end the line in \`# isobench: allow ${first.rule}\``,
  })
}

/** The artifact of a commit for which no model was asked. */
function withoutModel(outcome: Outcome): Generation {
  return {
    schema_version: 1,
    outcome,
    origin: null,
    test_sha256: null,
    provider: null,
    model: null,
    parameters: {},
    prompt_sha256: null,
    attempts: [],
    usage: sumUsage([]),
    cost_usd: 0,
  }
}
