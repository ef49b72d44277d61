import OpenAI from 'openai'
import { EnvHttpProxyAgent, type RequestInit as UndiciRequest, fetch as undiciFetch } from 'undici'

/**
 * A client that takes nothing from the environment but the proxy, and sends nothing but what a call needs: the package
 * would add headers from `OPENAI_CUSTOM_HEADERS` and facts about this machine. Redirects are not followed.
 * @param timeoutSeconds from the start of a call to the last byte of its answer
 */
export function createClient(baseUrl: string, key: string | undefined, timeoutSeconds: number): OpenAI {
  // Node's own `fetch` gives up after 300 s without headers; a model that thinks before it answers takes longer.
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0 })
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
      const { method, body, signal } = init as unknown as UndiciRequest
      const response = await undiciFetch(url instanceof Request ? url.url : url, {
        method: method ?? 'POST',
        body: body ?? null,
        signal: signal ?? null,
        headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization },
        redirect: 'manual',
        dispatcher,
      })
      return response
    },
  })
}
