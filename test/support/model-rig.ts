import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { fileAnswerStore } from '../../plugins/isobench/src/adapters/answer-store.ts'
import {
  type LanguageModel,
  type LanguageModelOptions,
  openAiCompatible,
} from '../../plugins/isobench/src/adapters/language-model.ts'
import type { CompletionRequest } from '../../plugins/isobench/src/domain/chat-request.ts'
import { IsobenchError } from '../../plugins/isobench/src/errors.ts'
import { ProviderProfile } from '../../plugins/isobench/src/schema/provider.ts'
import { type ModelServer, type Reply, startModelServer } from './model-server.ts'

export const canaryKey = 'sk-canary-0123456789abcdef'
export const canaryPrompt = 'the secret plan is to make the parser faster by forty percent'

export const sampleRequest: CompletionRequest = {
  model: 'model-a',
  messages: [
    { role: 'system', content: 'rules' },
    { role: 'user', content: canaryPrompt },
  ],
  maxOutputTokens: 500,
  effort: 'medium',
  parameters: {},
  attempt: 0,
}

/** What the endpoint of a rig takes, besides its URL. */
export const rigEffort = { parameter: 'reasoning_effort', values: ['none', 'low', 'medium', 'high'] }

/** The profile of a loopback server. */
export function rigProvider(baseUrl: string, keys: object = {}): ProviderProfile {
  return ProviderProfile.parse({ base_url: baseUrl, effort: rigEffort, ...keys })
}

/** A client of a loopback server with a store of its own; waits are noted instead of waited for. */
export class ModelRig {
  readonly server: ModelServer
  readonly directory: string
  readonly waits: number[] = []
  readonly lines: string[] = []
  readonly #options: Partial<LanguageModelOptions>

  constructor(server: ModelServer, directory: string, options: Partial<LanguageModelOptions>) {
    this.server = server
    this.directory = directory
    this.#options = options
  }

  client(options: Partial<LanguageModelOptions> = {}): LanguageModel {
    return openAiCompatible({
      provider: rigProvider(this.server.url),
      apiKey: () => canaryKey,
      timeoutSeconds: 20,
      deadlineSeconds: 1800,
      answers: fileAnswerStore(this.directory),
      log: (message) => void this.lines.push(message),
      sleep: async (seconds) => void this.waits.push(seconds),
      ...this.#options,
      ...options,
    })
  }

  /** How a call fails: code, message and hint. Neither the key nor the prompt may be anywhere near it. */
  async failure(request: CompletionRequest = sampleRequest): Promise<string> {
    const error: unknown = await this.client()
      .complete(request)
      .catch((thrown: unknown) => thrown)
    if (!(error instanceof IsobenchError)) throw new Error('expected a failure', { cause: error })
    const everything = [error.stack, String(error.cause), JSON.stringify(error), ...this.lines].join('\n')
    expect(everything).not.toContain(canaryKey)
    expect(everything).not.toContain('secret plan')
    return `${error.code} | ${error.format()}`.replaceAll(new URL(this.server.url).host, 'HOST')
  }
}

export async function startModelRig(
  reply: readonly Reply[] | Parameters<typeof startModelServer>[0],
  options: Partial<LanguageModelOptions> = {},
): Promise<ModelRig> {
  const directory = await mkdtemp(join(tmpdir(), 'isobench-answers-'))
  return new ModelRig(await startModelServer(reply), directory, options)
}
