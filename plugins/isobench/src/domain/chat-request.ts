import type { Effort, ProviderProfile } from '../schema/provider.ts'
import { canonicalJsonLine } from './canonical-json.ts'
import { sha256 } from './digest.ts'
import type { Message } from './prompt.ts'

/** What is asked of a model, whoever serves it. */
export interface CompletionRequest {
  readonly model: string
  readonly messages: readonly Message[]
  /** Room for the answer and hidden reasoning, in tokens */
  readonly maxOutputTokens: number
  readonly effort?: Effort | undefined
  /** Ask for JSON: by `structuredAnswer`, or by a schema of its own */
  readonly structuredOutput?: boolean | object | undefined
  /** Further parameters, sent as they are */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Calls before this one in the same generation, so that the same request twice gives two samples */
  readonly attempt: number
}

/** A request as one endpoint wants it, and the name of its answer. */
export interface ChatRequest {
  /** URL of the call */
  readonly endpoint: string
  readonly body: Readonly<Record<string, unknown>> & { readonly model: string; readonly messages: readonly Message[] }
  /** The body less model and messages */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Digest of endpoint, body and attempt: where the answer is kept */
  readonly key: string
  readonly attempt: number
}

/** Spells a request as the profile says. Later sources win: extra body, parameters, what the tool sets itself. */
export function chatRequest(provider: ProviderProfile, request: CompletionRequest): ChatRequest {
  const { model, messages, attempt } = request
  const endpoint = `${provider.base_url.replace(/\/+$/, '')}/chat/completions`
  const parameters: Record<string, unknown> = {
    ...provider.extra_body,
    ...request.parameters,
    [provider.token_parameter]: request.maxOutputTokens,
    ...responseFormat(request.structuredOutput),
  }
  if (request.effort !== undefined && provider.effort !== undefined) {
    const [name, inner] = provider.effort.parameter.split('.') as [string, string?]
    parameters[name] = inner === undefined ? request.effort : { ...asObject(parameters[name]), [inner]: request.effort }
  }
  const body = { ...parameters, model, messages: [...messages] }
  return { endpoint, body, parameters, attempt, key: sha256(canonicalJsonLine({ endpoint, attempt, request: body })) }
}

/** What an endpoint that keeps to a schema is asked for; the subset of JSON Schema that all of them know. */
const structuredAnswer = {
  type: 'json_schema',
  json_schema: {
    name: 'efficiency_test',
    strict: true,
    schema: {
      type: 'object',
      properties: {
        workload: { type: 'string', description: 'What the test does, in one sentence' },
        targets: { type: 'array', items: { type: 'string' }, description: 'The changed functions that it reaches' },
        assumptions: { type: 'array', items: { type: 'string' }, description: 'What is not certain' },
        python: { type: 'string', description: 'The whole module, without a fence around it' },
      },
      required: ['workload', 'targets', 'assumptions', 'python'],
      additionalProperties: false,
    },
  },
}

function responseFormat(wanted: CompletionRequest['structuredOutput']): object {
  if (wanted === undefined || wanted === false) return {}
  return { response_format: wanted === true ? structuredAnswer : wanted }
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
