import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '../domain/canonical-json.ts'
import { parseWheelName } from '../domain/wheel-name.ts'
import { exists, readTextIfPresent, sha256, writeAtomically } from './files.ts'
import { InvalidWheel, type WheelContent, digestFile, readWheel } from './wheel.ts'

/** A wheel in the store. */
export interface StoredWheel extends WheelContent {
  readonly filename: string
  readonly sha256: string
  readonly sizeBytes: number
}

/** Wheels by their digest, and what is known of where each came from. */
export interface WheelStore {
  /** Where a wheel with this digest is, or would be. */
  path(wheel: { readonly sha256: string; readonly filename: string }): string
  /** The wheel that came from this origin before, if it is still here. */
  recall(origin: unknown): Promise<StoredWheel | undefined>
  /** Checks a wheel file that came as `filename`, moves it into the store and remembers its origin. @throws InvalidWheel */
  keep(file: string, filename: string, origin: unknown): Promise<StoredWheel>
  /** Does one thing with a folder of its own on the file system of the store; the folder is removed at the end. */
  withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result>
}

/**
 * The name of a wheel with the version it really has: hosts keep wheels under a placeholder such as `1.0.0.dev`, which
 * installers refuse.
 */
function trueName(filename: string, version: string): string {
  const parts = filename.split('-')
  if (parseWheelName(filename) === undefined) throw new InvalidWheel(`not the name of a wheel: ${filename}`)
  return [parts[0], version.replaceAll('-', '_'), ...parts.slice(2)].join('-')
}

/** Raised when more is remembered of a wheel: what an older version wrote is then not recalled. */
const format = 2

/**
 * The wheels below `<storeDirectory>/wheels/<sha256>/<file>`; `origins/` says which came from where.
 * @param python path of an interpreter, which reads the wheels
 */
export function openWheelStore(storeDirectory: string, python: () => Promise<{ readonly path: string }>): WheelStore {
  const originFile = (origin: unknown) =>
    join(storeDirectory, 'origins', `${sha256(canonicalJson({ format, origin }))}.json`)

  const path: WheelStore['path'] = (wheel) => join(storeDirectory, 'wheels', wheel.sha256, wheel.filename)

  const recall: WheelStore['recall'] = async (origin) => {
    const text = await readTextIfPresent(originFile(origin))
    if (text === undefined) return undefined
    const { wheel } = JSON.parse(text) as { wheel: StoredWheel }
    return (await exists(path(wheel))) ? wheel : undefined
  }

  const keep: WheelStore['keep'] = async (file, filename, origin) => {
    const content = await readWheel(file, (await python()).path)
    const wheel = { ...content, ...(await digestFile(file)), filename: trueName(filename, content.version) }
    await mkdir(join(storeDirectory, 'wheels', wheel.sha256), { recursive: true })
    await rename(file, path(wheel))
    await writeAtomically(originFile(origin), canonicalJson({ origin, wheel }))
    return wheel
  }

  const withFolder: WheelStore['withFolder'] = async (work) => {
    await mkdir(join(storeDirectory, 'temporary'), { recursive: true })
    const folder = await mkdtemp(join(storeDirectory, 'temporary', 'work-'))
    try {
      return await work(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  return { path, recall, keep, withFolder }
}
