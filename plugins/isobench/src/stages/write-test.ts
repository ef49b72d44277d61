import type { LanguageModel } from '../adapters/language-model.ts'
import type { PythonSyntax } from '../adapters/python-syntax.ts'
import type { TypeChecker } from '../adapters/type-checker.ts'
import { type Completion, readAnswer } from '../domain/answer.ts'
import { canonicalJsonLine } from '../domain/canonical-json.ts'
import { changeSection, namesToLookUp } from '../domain/change-section.ts'
import type { CompletionRequest } from '../domain/chat-request.ts'
import { withFooter } from '../domain/footer.ts'
import { type Call, nextCall, reasonToStop, spentBudget } from '../domain/next-call.ts'
import {
  type PromptTemplates,
  type PromptVariables,
  firstMessages,
  repairMessages,
  roomForChange,
} from '../domain/prompt.ts'
import { outputRoom, pricesOf } from '../domain/provider.ts'
import { minorOf } from '../domain/python-version.ts'
import type { Signatures } from '../domain/signature-list.ts'
import { type Diagnostic, type TestContext, checkTest, formatDiagnostic, forRepair } from '../domain/test-rules.ts'
import { trialDiagnostics } from '../domain/trial.ts'
import { missingSide } from '../domain/type-findings.ts'
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
  readonly types: TypeChecker
  /** Signatures of dotted names as they are installed on both sides */
  readonly signatures: (names: readonly string[]) => Promise<Signatures>
  /** Runs the test once on each side. */
  readonly trial: (test: string) => Promise<Run[]>
  /** Makes a test run by itself; constant, appended to every test. Its first line must be a comment of its own. */
  readonly footer: string
  readonly log: (message: string) => void
}

/** What one answer is worth after all checks. */
interface Judged {
  readonly result: Attempt['result']
  readonly test: string | null
  /** Empty exactly when the result is `ok` */
  readonly diagnostics: readonly Diagnostic[]
}

/** What the model is asked first. Batch jobs ask the same, so that `writeTest` finds their answers. */
export async function firstRequest(
  input: Omit<WriteTestInput, 'provider'>,
  signaturesOf: WriteTestEffects['signatures'],
): Promise<CompletionRequest> {
  const signatures = await signaturesOf(namesToLookUp(input.analysis))
  const { settings, prompt } = input
  return {
    model: input.model,
    messages: firstMessages(prompt, promptVariables(input, signatures)),
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
  const signatures = await effects.signatures(namesToLookUp(input.analysis))
  const model = await effects.model()
  const attempts: Attempt[] = []
  const seen = new Set<string>()
  const ended = (outcome: Outcome) => ({ attempts, outcome, test: null })
  let call: Call = { ...(await firstRequest(input, async () => signatures)), kind: 'first' }
  for (;;) {
    const spent = spentBudget(input, attempts, call)
    if (spent !== undefined) return ended(failed('budget-spent', spent))
    effects.log(`call ${attempts.length + 1} of at most ${settings.max_calls} to ${input.model} (${call.kind})`)
    const completion = await model.complete({ ...call, attempt: attempts.length })
    const { result, test, diagnostics } = await judge(completion, input, effects)
    attempts.push(attemptOf(call.kind, completion, result, diagnostics, input))
    if (result === 'ok') return { attempts, outcome: ok, test }
    const problem = formatDiagnostic(diagnostics[0]!)
    effects.log(`${result}: ${problem}`)
    if (result === 'refusal' || result === 'content-filter') return ended(failed('model-refused', problem))
    const next = nextCall(input, call, result, () =>
      repairMessages(prompt, promptVariables(input, signatures), completion.text ?? '', diagnostics.map(forRepair)),
    )
    const diagnosis = canonicalJsonLine(diagnostics.map(({ rule, message }) => [rule, message]))
    const end = reasonToStop(settings, attempts, seen.has(diagnosis), next)
    if (end !== undefined) {
      const message = `no valid test after ${attempts.length} of ${settings.max_calls} calls, ${end}: ${problem}`
      const side = missingSide(diagnostics)
      return ended(side === null ? failed('test-invalid', message) : failed('one-sided-api', message, side))
    }
    seen.add(diagnosis)
    call = next!
  }
}

/** What the rules know beside the code. */
export function testContext({ repository, analysis }: Pick<WriteTestInput, 'repository' | 'analysis'>): TestContext {
  const changed = analysis.functions.filter(({ module }) => module !== null).map(({ name }) => name)
  return { packageImport: repository.settings.package.import, changed }
}

/** Syntax, rules, and what is installed on both sides, the cheapest first; nothing is run. */
async function checkStatically(code: string, input: WriteTestInput, effects: WriteTestEffects): Promise<Diagnostic[]> {
  const reading = await effects.python.read(code)
  if ('problem' in reading) return [reading.problem]
  const mistakes = checkTest(reading.tree, testContext(input))
  return mistakes.length > 0 ? mistakes : (await effects.types.check([{ code, tree: reading.tree }]))[0]!
}

function promptVariables(
  { repository, analysis, environment, settings, prompt }: Omit<WriteTestInput, 'provider'>,
  signatures: Signatures,
): PromptVariables {
  const { name, import: packageImport } = repository.settings.package
  return {
    package: packageImport,
    distribution: name,
    python: minorOf(environment.head!.python),
    change: changeSection(analysis, environment, roomForChange(prompt, settings.max_prompt_characters), signatures),
  }
}

async function judge(completion: Completion, input: WriteTestInput, effects: WriteTestEffects): Promise<Judged> {
  const { result, code, problem } = readAnswer(completion)
  if (code === null) {
    const message = problem ?? result
    return { result, test: null, diagnostics: [{ rule: result, line: null, column: null, message }] }
  }
  const mistakes = await checkStatically(code, input, effects)
  if (mistakes.length > 0) return { result: 'invalid-code', test: null, diagnostics: mistakes }
  const test = withFooter(code, effects.footer)
  if (input.settings.verify === 'static') return { result: 'ok', test, diagnostics: [] }
  const failures = trialDiagnostics(await effects.trial(test), input.analysis.functions)
  return failures.length > 0
    ? { result: 'trial-failed', test: null, diagnostics: failures }
    : { result: 'ok', test, diagnostics: [] }
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
