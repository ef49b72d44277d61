import { join } from 'node:path'
import { decodedName } from '../../domain/commit-wheels.ts'
import { commitInVersion } from '../../domain/identity.ts'
import { objection } from '../../domain/wheel-answer.ts'
import { normalizeName, normalizeVersion } from '../../domain/wheel-name.ts'
import { absence, ask, save } from '../http.ts'
import { InvalidWheel } from '../wheel.ts'
import type { StoredWheel, WheelStore } from '../wheel-store.ts'

/** What a wheel must say of itself to be taken. */
export interface WantedContent {
  readonly distribution: string
  /** Full hash: a version that names another commit is refused */
  readonly commit: string
  /** The exact version; undefined: any */
  readonly version?: string
  /** Digest that a list announces; undefined where it announces none */
  readonly sha256?: string
  /** Whether 403 is how the host says that it has no such file */
  readonly forbiddenIsAbsent?: boolean
}

/**
 * The wheel at a URL, fetched unless the store has it, or one line that says why it is refused or not there. What it
 * says of itself is checked here, before anything is installed.
 * @throws IsobenchError `network` when the host gives no answer that says whether the wheel is there
 */
export async function fetchWheel(url: string, store: WheelStore, wanted: WantedContent): Promise<StoredWheel | string> {
  const wheel = (await store.recall({ url })) ?? (await fetchInto(store, url, wanted))
  return typeof wheel === 'string' ? wheel : (contradiction(wheel, wanted) ?? wheel)
}

function fetchInto(store: WheelStore, url: string, wanted: WantedContent): Promise<StoredWheel | string> {
  return store.withFolder(async (folder) => {
    const response = await ask(url, 'GET')
    const answer = await absence(response, url, wanted.forbiddenIsAbsent)
    if (answer !== null) return answer
    await save(response, url, join(folder, 'wheel'))
    try {
      return await store.keep(join(folder, 'wheel'), decodedName(new URL(url)), { url })
    } catch (error) {
      if (error instanceof InvalidWheel) return objection('invalid', error.message)
      throw error
    }
  })
}

/** Why a wheel is not the wanted one, with both values; undefined when nothing speaks against it. */
function contradiction(wheel: StoredWheel, wanted: WantedContent): string | undefined {
  if (wanted.sha256 !== undefined && wanted.sha256 !== wheel.sha256) {
    return objection('invalid', `wanted sha256 ${wanted.sha256}, got: ${wheel.sha256}`)
  }
  if (normalizeName(wheel.name) !== normalizeName(wanted.distribution)) {
    return objection('mismatch', `wanted the distribution ${wanted.distribution}, METADATA says: ${wheel.name}`)
  }
  if (wanted.version !== undefined && normalizeVersion(wanted.version) !== normalizeVersion(wheel.version)) {
    return objection('mismatch', `wanted version ${wanted.version}, METADATA says: ${wheel.version}`)
  }
  const named = commitInVersion(wheel.version)
  if (named === undefined || wanted.commit.startsWith(named)) return undefined
  return objection('mismatch', `wanted commit ${wanted.commit}, the version says: ${wheel.version}`)
}
