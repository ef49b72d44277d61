import { join } from 'node:path'
import {
  type AnswerMode,
  type AnswerStore,
  answerModes,
  fileAnswerStore,
  inMode,
  withOlder,
} from '../adapters/answer-store.ts'
import type { LanguageModel } from '../adapters/language-model.ts'
import { type RunLedger, fileRunLedger } from '../adapters/run-ledger.ts'
import { pricesOf, profileName, resolveProvider, unfitSetting } from '../domain/provider.ts'
import { settingsError } from '../domain/settings.ts'
import { IsobenchError } from '../errors.ts'
import { Budget } from '../schema/budget.ts'
import type { GenerationSettings } from '../schema/generation-settings.ts'
import { ProviderProfile } from '../schema/provider.ts'
import { builtInProvider } from './built-in-provider.ts'
import type { StageContext } from './context.ts'
import { currentRun } from './run-name.ts'

/**
 * The endpoint that generation.yaml names, checked against the settings; undefined without a provider.
 * @param file generation.yaml, for messages
 * @param place where the settings stand in it
 */
export async function providerOf(
  context: StageContext,
  settings: GenerationSettings,
  file = `${context.repositoryFolder}/generation.yaml`,
  place: readonly string[] = [],
): Promise<ProviderProfile | undefined> {
  if (settings.provider === undefined) return undefined
  const name = profileName(settings.provider)
  const named = name === undefined ? undefined : await profile(context, name)
  const text = (await context.text(file)) ?? ''
  if (name !== undefined && named === undefined) {
    throw settingsError(text, file, [...place, 'provider'], `no such provider: ${name}`)
  }
  const provider = resolveProvider(settings.provider, named)
  const unfit = unfitSetting(settings, provider)
  if (unfit !== undefined) throw settingsError(text, file, [...place, ...unfit.path], unfit.message)
  return provider
}

/** A profile of that name beside generation.yaml, else the one that comes with the package. */
async function profile(context: StageContext, name: string): Promise<ProviderProfile | undefined> {
  const own = await context.settings(ProviderProfile, `${context.repositoryFolder}/providers/${name}.yaml`)
  return own ?? builtInProvider(name)
}

/** The model of these settings, with the answers of this workspace and the limits of this run. */
export async function languageModel(
  context: StageContext,
  settings: GenerationSettings,
  provider: ProviderProfile,
): Promise<LanguageModel> {
  const { openAiCompatible } = await import('../adapters/language-model.ts') // the client of the endpoint is large
  return openAiCompatible({
    provider,
    apiKey: () => apiKey(provider),
    timeoutSeconds: settings.timeout_seconds,
    deadlineSeconds: settings.deadline_seconds,
    answers: inMode(answerStore(context), answerMode()),
    ledger: await runLedger(context),
    prices: pricesOf(settings, provider),
    log: context.log,
  })
}

/** `answers/` beside generation.yaml, to be committed. The store of earlier versions of this tool is read too. */
export function answerStore(context: StageContext): AnswerStore {
  return withOlder(fileAnswerStore(answerDirectory(context)), fileAnswerStore(join(context.storeDirectory, 'answers')))
}

export function answerDirectory(context: StageContext): string {
  return join(context.workspaceRoot, context.repositoryFolder, 'answers')
}

/** `ISOBENCH_ANSWERS`: a matter of who runs and not of what comes out, so it is no setting and in no hash. */
export function answerMode(): AnswerMode {
  const value = process.env['ISOBENCH_ANSWERS'] ?? 'auto'
  const mode = answerModes.find((known) => known === value)
  if (mode !== undefined) return mode
  throw new IsobenchError('bad-input', `ISOBENCH_ANSWERS is none of ${answerModes.join(', ')}: ${value}`)
}

/** The one place where a key is read; it is asked for only when a call must really be made. */
export function apiKey({ api_key_variable: variable }: ProviderProfile): string | undefined {
  if (variable === undefined) return undefined
  const key = process.env[variable]
  if (key !== undefined && key !== '') return key
  throw new IsobenchError('credential-missing', `no key in the environment: ${variable}`, {
    hint: `set ${variable}, or put a reviewed efficiency_test.py beside commit.yaml`,
  })
}

/** What this Nx command may spend, all its processes together; undefined without a budget.yaml. */
export async function runLedger(context: StageContext): Promise<RunLedger | undefined> {
  const budget = await context.settings(Budget, 'budget.yaml')
  if (budget === undefined) return undefined
  return fileRunLedger(join(context.storeDirectory, 'spending', `${await currentRun()}.jsonl`), budget)
}
