import { join } from 'node:path'
import { normalizeName, parseWheelName } from '../../domain/wheel-name.ts'
import type { WheelAttempt } from '../../schema/environment.ts'
import { ask, download, unreachable } from '../http.ts'
import { InvalidWheel } from '../wheel.ts'
import type { StoredWheel, WheelStore } from '../wheel-store.ts'
import type { CommitToInstall, Probe } from './source.ts'

interface Index {
  readonly urls: readonly string[]
  /** Distribution name */
  readonly distribution: string
  /** e.g. `linux-x86_64` */
  readonly platform: string
  readonly store: WheelStore
}

/**
 * Asks hosts that keep wheels by commit, each for the constant file name and then for the index page of the commit. A
 * wheel is taken by its own URL only, never by name: where the page is missing, a package manager would go on to the
 * package index and take a release (reference/wheels.md, headline 1).
 * @throws IsobenchError `network` when a host gives no answer that says whether the wheel is there
 */
export async function probeIndex(commit: CommitToInstall, index: Index): Promise<Probe> {
  const attempts: WheelAttempt[] = []
  for (const host of index.urls) {
    for await (const { url, answer } of candidates(`${host.replace(/\/+$/, '')}/${commit.hash}`, index)) {
      if (answer !== null) {
        attempts.push({ rung: 'wheel-index', location: url, answer })
        continue
      }
      const wheel = await fetchWheel(url, index.store)
      const refusal = typeof wheel === 'string' ? wheel : null
      attempts.push({ rung: 'wheel-index', location: url, answer: refusal ?? 'HTTP 200' })
      if (typeof wheel === 'string') continue
      return { wheel: { ...wheel, rung: 'wheel-index', location: url }, attempts, buildFailure: null }
    }
  }
  return { wheel: null, attempts, buildFailure: null }
}

/** URLs of wheels that are there (`answer` null), and URLs that were asked in vain, in the order of asking. */
async function* candidates(folder: string, index: Index): AsyncGenerator<{ url: string; answer: string | null }> {
  const escaped = normalizeName(index.distribution).replaceAll('-', '_')
  const constant = `${folder}/${escaped}-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl`
  yield { url: constant, answer: await absence(await ask(constant, 'HEAD'), constant) }
  const page = `${folder}/${normalizeName(index.distribution)}/`
  const response = await ask(page, 'GET')
  const answer = await absence(response, page)
  if (answer !== null) {
    yield { url: page, answer }
    return
  }
  const urls = wheelsOfPage(await response.text(), page, index)
  if (urls.length === 0) yield { url: page, answer: 'HTTP 200, no wheel for this platform' }
  for (const url of urls) yield { url, answer: null }
}

/** null when the host has it, `HTTP 404` when it has not; anything else is no answer. */
async function absence(response: Response, url: string): Promise<string | null> {
  if (response.ok) return null
  await response.body?.cancel()
  if (response.status === 404 || response.status === 410) return `HTTP ${response.status}`
  throw unreachable(url, response)
}

/** The wheels of the package on a PEP 503 page that fit the platform. */
function wheelsOfPage(html: string, page: string, { distribution, platform }: Index): string[] {
  const links = [...html.matchAll(/<a\s[^>]*href=["']([^"'#]+)/gi)].map((match) => new URL(match[1]!, page))
  const machine = platform.split('-')[1]!
  return links
    .filter((link) => {
      const name = parseWheelName(decodeURIComponent(link.pathname.split('/').at(-1)!))
      if (name === undefined || normalizeName(name.distribution) !== normalizeName(distribution)) return false
      return name.platformTags.some((tag) => tag === 'any' || tag.endsWith(`_${machine}`))
    })
    .map((link) => link.href)
}

/** The wheel at a URL, or one line that says why it is refused. */
async function fetchWheel(url: string, store: WheelStore): Promise<StoredWheel | string> {
  const origin = { url }
  const kept = await store.recall(origin)
  if (kept !== undefined) return kept
  const filename = decodeURIComponent(new URL(url).pathname.split('/').at(-1)!)
  return store.withFolder(async (folder) => {
    await download(url, join(folder, 'wheel'))
    try {
      return await store.keep(join(folder, 'wheel'), filename, origin)
    } catch (error) {
      if (error instanceof InvalidWheel) return `refused: ${error.message}`
      throw error
    }
  })
}
