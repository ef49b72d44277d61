import {
  type WantedWheel,
  constantNames,
  linksOfMetadata,
  linksOfPage,
  versionNames,
  wheelsOfLinks,
} from '../../domain/commit-wheels.ts'
import { normalizeName } from '../../domain/wheel-name.ts'
import type { WheelAttempt } from '../../schema/environment.ts'
import { absence, ask, textOf } from '../http.ts'
import type { CommitToInstall, Located, Probe, ReadWheel, Reader } from './source.ts'

interface Listed extends WantedWheel {
  readonly urls: readonly string[]
  /** Folder of the index below that of the commit, e.g. `cu129`; undefined: the default wheels */
  readonly variant: string | undefined
  /** Whether 403 is how the host says that it has no such file */
  readonly forbiddenIsAbsent: boolean
  /** The version that the tree of the commit declares; undefined where it declares none. Asked only when needed. */
  readonly declaredVersion: () => Promise<string | undefined>
}

interface Index<Read extends ReadWheel> extends Listed {
  readonly read: Reader<Read>
}

/** A URL that was asked: `answer` says why there is no wheel, and is null where there is one. */
interface Asked {
  readonly url: string
  readonly answer: string | null
}

/**
 * Asks hosts that keep wheels by commit, each for every layout there has been (reference/wheels.md §1.1), the newest
 * first: `metadata.json`, the index page, the constant name, the name with the version of the tree. A wheel is taken by
 * its own URL only, never by name: where the page is missing, a package manager would go on to the package index and
 * take a release (headline 1).
 * @throws IsobenchError `network` when a host gives no answer that says whether the wheel is there
 */
export async function probeIndex<Read extends ReadWheel>(
  commit: CommitToInstall,
  index: Index<Read>,
): Promise<Probe<Located<Read>>> {
  const attempts: WheelAttempt[] = []
  const tried = new Set<string>()
  for (const host of index.urls) {
    for await (const { url, answer } of candidates(`${host.replace(/\/+$/, '')}/${commit.hash}`, index)) {
      if (answer !== null) {
        attempts.push({ rung: 'wheel-index', location: url, answer })
        continue
      }
      if (tried.has(url)) continue
      tried.add(url)
      const { distribution, forbiddenIsAbsent } = index
      const wheel = await index.read(url, { distribution, commit: commit.hash, forbiddenIsAbsent })
      const refusal = typeof wheel === 'string' ? wheel : null
      attempts.push({ rung: 'wheel-index', location: url, answer: refusal ?? 'HTTP 200' })
      if (typeof wheel === 'string') continue
      return { wheel: { ...wheel, rung: 'wheel-index', location: url }, attempts, buildFailure: null }
    }
  }
  return { wheel: null, attempts, buildFailure: null }
}

/** In the order of asking. Files outside an index are those of the default variant, whatever their names say. */
async function* candidates(folder: string, index: Listed): AsyncGenerator<Asked> {
  const variant = index.variant === undefined ? '' : `${index.variant}/`
  const page = `${folder}/${variant}${normalizeName(index.distribution)}/`
  yield* listing(`${page}metadata.json`, linksOfMetadata, index)
  yield* listing(page, linksOfPage, index)
  if (index.variant !== undefined) return
  yield* named(folder, constantNames(index))
  const version = await index.declaredVersion()
  if (version !== undefined) yield* named(folder, versionNames(version, index))
}

/** The wheels that a listing names, or the listing itself with why it names none. */
async function* listing(
  url: string,
  read: (text: string) => string[] | undefined,
  index: Listed,
): AsyncGenerator<Asked> {
  const response = await ask(url, 'GET')
  const answer = await absence(response, url, index.forbiddenIsAbsent)
  if (answer !== null) {
    yield { url, answer }
    return
  }
  const links = read(await textOf(response, url))
  const { fitting, objection } = wheelsOfLinks(links ?? [], url, index)
  if (links === undefined) yield { url, answer: 'HTTP 200, not a list of wheels' }
  else if (fitting.length === 0) yield { url, answer: objection ?? 'HTTP 200, no wheel of this package' }
  for (const wheel of fitting) yield { url: wheel.url.href.replace(/#.*$/, ''), answer: null }
}

/** Whether they are there shows when they are read: after a HEAD the connection would be lost, as `fetch` has it. */
function named(folder: string, names: readonly string[]): Asked[] {
  return names.map((name) => ({ url: `${folder}/${name.replaceAll('+', '%2B')}`, answer: null }))
}
