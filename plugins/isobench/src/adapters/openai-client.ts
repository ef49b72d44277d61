import OpenAI from 'openai'
import { Agent, EnvHttpProxyAgent, type RequestInit as UndiciRequest, fetch as undiciFetch } from 'undici'
import { IsobenchError } from '../errors.ts'

/**
 * A client that takes nothing from the environment but the proxy, and sends nothing but what a call needs: the package
 * would add headers from `OPENAI_CUSTOM_HEADERS` and facts about this machine. Redirects are not followed.
 * @throws IsobenchError `credential-missing` for a key that no header can carry: `Headers` would quote it in its error
 * @param timeoutSeconds from the start of a call to the last byte of its answer
 */
export function createClient(baseUrl: string, key: string | undefined, timeoutSeconds: number): OpenAI {
  if (key !== undefined && !/^[\x21-\x7E]+$/.test(key)) {
    throw new IsobenchError('credential-missing', 'the key is empty or holds blanks or odd characters', {
      hint: 'check the variable that `api_key_variable` in generation.yaml names',
    })
  }
  // Node's own `fetch` gives up after 300 s without headers; a model that thinks before it answers takes longer.
  const unlimited = { headersTimeout: 0, bodyTimeout: 0 }
  const dispatcher = isLoopback(baseUrl) ? new Agent(unlimited) : new EnvHttpProxyAgent(unlimited)
  return new OpenAI({
    baseURL: baseUrl,
    apiKey: key ?? 'none',
    organization: null,
    project: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: timeoutSeconds * 1000,
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers)
      const authorization = key === undefined ? {} : { authorization: headers.get('authorization') ?? '' }
      const { method, signal } = init as unknown as UndiciRequest
      const { body, contentType } = await bodyOf(init)
      const response = await undiciFetch(url instanceof Request ? url.url : url, {
        method: method ?? 'POST',
        body: body ?? null,
        signal: signal ?? null,
        headers: { 'content-type': contentType, accept: 'application/json', ...authorization },
        redirect: 'manual',
        dispatcher,
      })
      return response
    },
  })
}

/** The body as bytes: Node's own form is none to this `fetch`. */
async function bodyOf(init: RequestInit | undefined): Promise<{ body: UndiciRequest['body']; contentType: string }> {
  if (!(init?.body instanceof FormData)) {
    return { body: (init as UndiciRequest | undefined)?.body ?? null, contentType: 'application/json' }
  }
  const form = new Response(init.body)
  return { body: await form.arrayBuffer(), contentType: form.headers.get('content-type')! }
}

/** A server on this machine, which no proxy can reach. */
function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
