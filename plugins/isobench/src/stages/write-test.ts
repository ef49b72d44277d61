import type { LanguageModel } from '../adapters/language-model.ts'
import type { PythonSyntax } from '../adapters/python-syntax.ts'
import { type Completion, readAnswer } from '../domain/answer.ts'
import { canonicalJsonLine } from '../domain/canonical-json.ts'
import { changeSection } from '../domain/change-section.ts'
import type { CompletionRequest } from '../domain/chat-request.ts'
import { withFooter } from '../domain/footer.ts'
import { type PromptTemplates, type PromptVariables, firstMessages, repairMessages } from '../domain/prompt.ts'
import { lessEffort, outputRoom, pricesOf } from '../domain/provider.ts'
import { mostOf, passedLimit, sumSpending } from '../domain/spending.ts'
import { type Diagnostic, checkTest, formatDiagnostic } from '../domain/test-rules.ts'
import { trialDiagnostics } from '../domain/trial.ts'
import { costOf } from '../domain/usage.ts'
import type { Analysis } from '../schema/analysis.ts'
import type { Environment } from '../schema/environment.ts'
import type { Attempt } from '../schema/generation.ts'
import type { GenerationSettings } from '../schema/generation-settings.ts'
import { type Outcome, failed, ok } from '../schema/outcome.ts'
import type { ProviderProfile } from '../schema/provider.ts'
import type { Repository } from '../schema/repository.ts'
import type { Run } from '../schema/run-bundle.ts'

export interface WriteTestInput {
  readonly repository: { readonly name: string; readonly settings: Repository }
  readonly analysis: Analysis
  readonly environment: Environment
  readonly settings: GenerationSettings
  readonly prompt: PromptTemplates
  readonly model: string
  readonly provider: ProviderProfile
}

export interface WriteTestEffects {
  /** Called only when a model is really needed, so that no key is asked for otherwise. */
  readonly model: () => Promise<LanguageModel>
  readonly python: PythonSyntax
  /** Runs the test once on each side. */
  readonly trial: (test: string) => Promise<Run[]>
  /** Makes a test run by itself; constant, appended to every test. Its first line must be a comment of its own. */
  readonly footer: string
  readonly log: (message: string) => void
}

type Request = Omit<CompletionRequest, 'attempt'> & { readonly kind: Attempt['kind'] }

/** What one answer is worth after all checks. */
interface Judged {
  readonly result: Attempt['result']
  readonly test: string | null
  /** Empty exactly when the result is `ok` */
  readonly diagnostics: readonly Diagnostic[]
}

/** What the model is asked first. Batch jobs ask the same, so that `writeTest` finds their answers. */
export function firstRequest(input: Omit<WriteTestInput, 'provider'>): CompletionRequest {
  const { settings, prompt } = input
  return {
    model: input.model,
    messages: firstMessages(prompt, promptVariables(input)),
    maxOutputTokens: outputRoom(settings),
    effort: settings.effort,
    structuredOutput: settings.structured_output,
    parameters: settings.parameters,
    attempt: 0,
  }
}

/**
 * Has the model write until a version passes, a diagnosis repeats, or a limit of the settings is reached. Each kind of
 * failure has one answer: more room after a cut, the same request once more after nothing, diagnostics after bad code.
 * @returns the test with its footer, or null with the outcome that says why; every call is in the attempts
 */
export async function writeTest(
  input: WriteTestInput,
  effects: WriteTestEffects,
): Promise<{ attempts: Attempt[]; outcome: Outcome; test: string | null }> {
  const { settings, prompt } = input
  const model = await effects.model()
  const attempts: Attempt[] = []
  const seen = new Set<string>()
  const ended = (outcome: Outcome) => ({ attempts, outcome, test: null })
  let request: Request = { ...firstRequest(input), kind: 'first' }
  for (;;) {
    const spent = spentBudget(input, attempts, request)
    if (spent !== undefined) return ended(failed('budget-spent', spent))
    effects.log(`call ${attempts.length + 1} of at most ${settings.max_calls} to ${input.model} (${request.kind})`)
    const completion = await model.complete({ ...request, attempt: attempts.length })
    const { result, test, diagnostics } = await judge(completion, input, effects)
    attempts.push(attemptOf(request.kind, completion, result, diagnostics, input))
    if (result === 'ok') return { attempts, outcome: ok, test }
    const problem = formatDiagnostic(diagnostics[0]!)
    effects.log(`${result}: ${problem}`)
    if (result === 'refusal' || result === 'content-filter') return ended(failed('model-refused', problem))
    const next = nextRequest(input, request, result, () =>
      repairMessages(prompt, promptVariables(input), completion.text ?? '', diagnostics.map(forModel)),
    )
    const diagnosis = canonicalJsonLine(diagnostics.map(({ rule, message }) => [rule, message]))
    const end = reasonToStop(settings, attempts, seen.has(diagnosis), next)
    if (end !== undefined) {
      const count = `${attempts.length} of ${settings.max_calls} calls`
      return ended(failed('test-invalid', `no valid test after ${count}, ${end}: ${problem}`))
    }
    seen.add(diagnosis)
    request = next!
  }
}

/** What the next call could pass: the tokens or the money allowed for a commit; undefined when it fits. */
function spentBudget({ settings, provider }: WriteTestInput, attempts: readonly Attempt[], next: Request) {
  const spent = sumSpending(
    attempts.map(({ usage, cost_usd: usd }) => ({
      calls: 1,
      tokens: (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0),
      usd,
    })),
  )
  const most = mostOf({ ...next, attempt: attempts.length }, pricesOf(settings, provider))
  return passedLimit({ tokens: settings.max_tokens, usd: settings.max_usd }, spent, most)
}

/** Why no further call is made for this commit; undefined when `next` may be asked. */
function reasonToStop(
  settings: GenerationSettings,
  attempts: readonly Attempt[],
  isRepeated: boolean,
  next: Request | undefined,
): string | undefined {
  if (isRepeated) return 'the same problem again'
  if (attempts.length >= settings.max_calls) return 'no call left'
  if (next === undefined) return 'the model has no more room'
  const repairs = attempts.filter(({ kind }) => kind === 'repair').length
  return next.kind === 'repair' && repairs >= settings.max_repairs ? 'no repair left' : undefined
}

/** Syntax and contract, without running anything. */
export async function checkStatically(
  code: string,
  packageImport: string,
  python: PythonSyntax,
): Promise<Diagnostic[]> {
  const reading = await python.read(code)
  return 'problem' in reading ? [reading.problem] : checkTest(code, reading.outline, packageImport)
}

function promptVariables({
  repository,
  analysis,
  environment,
  settings,
}: Omit<WriteTestInput, 'provider'>): PromptVariables {
  const { name, import: packageImport } = repository.settings.package
  return {
    package: packageImport,
    distribution: name,
    python: environment.head!.python.split('.').slice(0, 2).join('.'),
    change: changeSection(analysis, environment, settings.max_prompt_characters),
  }
}

async function judge(completion: Completion, input: WriteTestInput, effects: WriteTestEffects): Promise<Judged> {
  const { result, code, problem } = readAnswer(completion)
  if (code === null) {
    const message = problem ?? result
    return { result, test: null, diagnostics: [{ rule: result, line: null, column: null, message }] }
  }
  const mistakes = await checkStatically(code, input.repository.settings.package.import, effects.python)
  if (mistakes.length > 0) return { result: 'invalid-code', test: null, diagnostics: mistakes }
  const test = withFooter(code, effects.footer)
  if (input.settings.verify === 'static') return { result: 'ok', test, diagnostics: [] }
  const failures = trialDiagnostics(await effects.trial(test), input.analysis.functions)
  return failures.length > 0
    ? { result: 'trial-failed', test: null, diagnostics: failures }
    : { result: 'ok', test, diagnostics: [] }
}

/** The one answer to each kind of failure; undefined when there is none. */
function nextRequest(
  { settings, provider }: WriteTestInput,
  request: Request,
  result: Attempt['result'],
  repair: () => Request['messages'],
): Request | undefined {
  if (result === 'truncated' || result === 'empty-length') {
    const room = Math.min(request.maxOutputTokens * 2, settings.model_output_tokens ?? Infinity)
    const effort = result === 'truncated' ? request.effort : lessEffort(request.effort, provider)
    const isAnother = room > request.maxOutputTokens || effort !== request.effort
    return isAnother ? { ...request, maxOutputTokens: Math.max(room, request.maxOutputTokens), effort } : undefined
  }
  if (result === 'empty-stop' || result === 'invalid-envelope') return request
  return { ...request, kind: 'repair', messages: repair() }
}

function attemptOf(
  kind: Attempt['kind'],
  completion: Completion,
  result: Attempt['result'],
  diagnostics: readonly Diagnostic[],
  { settings, provider }: WriteTestInput,
): Attempt {
  const factor = completion.byBatch ? provider.batch?.price_factor : 1
  return {
    kind,
    result,
    finish_reason: completion.finishReason,
    request_id: completion.requestId,
    response_model: completion.responseModel,
    service_tier: completion.byBatch ? 'batch' : completion.serviceTier,
    request_sha256: completion.requestSha256,
    parameters_json: canonicalJsonLine(completion.parameters),
    usage: completion.usage,
    cost_usd: costOf(completion.usage, completion.reportedCost, pricesOf(settings, provider), factor),
    diagnostics: diagnostics.map(formatDiagnostic),
  }
}

function forModel(diagnostic: Diagnostic): string {
  const line = formatDiagnostic(diagnostic)
  return diagnostic.detail === undefined || diagnostic.detail === '' ? line : `${line}\n${diagnostic.detail}`
}
