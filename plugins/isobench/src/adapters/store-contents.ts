import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { lockedPackages } from '../domain/lock.ts'
import { type StoredEnvironment, inOrderOfKeeping } from '../domain/store-plan.ts'
import { type EnvironmentPlace, environmentPlace, readMarker } from './environment-place.ts'
import { exists } from './files.ts'
import { takeFreeLocks } from './kernel-lock.ts'
import { cleanEnvironment, run } from './process.ts'

const millisecondsInDay = 86_400_000

/** An environment as it lies in the store. */
export interface EnvironmentInStore extends StoredEnvironment {
  readonly place: EnvironmentPlace
  /** The package that is measured with it; null for one that was never finished */
  readonly distribution: string | null
  readonly wheelSha256: string | null
  /** Normalised names of everything in its lock */
  readonly packages: readonly string[]
  /** What it and its wheel take besides what the ones before it take */
  readonly addedBytes: number
}

/** What of the store can be had again, in the order in which it is kept. */
export interface StoreContents {
  readonly environments: readonly EnvironmentInStore[]
  /** Folders that nothing needs: wheels of no environment and left-over working folders, a day old or older */
  readonly unneeded: readonly { readonly path: string; readonly addedBytes: number }[]
  /** Everything, files that are linked from several places counted once */
  readonly totalBytes: number
}

/** The wheels of a store, by their digest. */
export function wheelFolder(storeDirectory: string, sha256: string): string {
  return join(storeDirectory, 'wheels', sha256)
}

/** Measures a store. Locks are tried and given back, so what is in use now may not be a moment later. */
export async function readStore(storeDirectory: string, python: string): Promise<StoreContents> {
  const found = await Promise.all(
    (await environmentKeys(storeDirectory)).map((key) => describe(storeDirectory, key, python)),
  )
  const environments = inOrderOfKeeping(found)
  const needed = new Set(environments.map(({ wheelSha256 }) => wheelSha256))
  const wheels = (await list(join(storeDirectory, 'wheels'))).filter((sha256) => !needed.has(sha256))
  const temporary = await list(join(storeDirectory, 'temporary'))
  const left = [
    ...wheels.map((sha256) => wheelFolder(storeDirectory, sha256)),
    ...temporary.map((name) => join(storeDirectory, 'temporary', name)),
  ]
  const foldersOf = ({ place, wheelSha256 }: (typeof found)[number]) => [
    place.directory,
    ...(wheelSha256 === null ? [] : [wheelFolder(storeDirectory, wheelSha256)]),
  ]
  const bytes = await addedBytes([...environments.flatMap(foldersOf), ...left, join(storeDirectory, 'uv-cache')])
  const totalBytes = [...bytes.values()].reduce((total, each) => total + each, 0)
  // A wheel of two environments counts for the first.
  const takeBytes = (folder: string): number => {
    const size = bytes.get(folder) ?? 0
    bytes.delete(folder)
    return size
  }
  const measured = environments.map((each) =>
    Object.assign(each, { addedBytes: foldersOf(each).reduce((sum, folder) => sum + takeBytes(folder), 0) }),
  )
  const old = await Promise.all(left.map(async (path) => ((await isDayOld(path)) ? [path] : [])))
  const unneeded = old.flat().map((path) => ({ path, addedBytes: takeBytes(path) }))
  return { environments: measured, unneeded, totalBytes }
}

/** When an environment was last used; null when it was never finished. */
export async function lastUse({ marker }: EnvironmentPlace): Promise<number | null> {
  return (await exists(marker)) ? (await stat(marker)).mtimeMs : null
}

async function describe(storeDirectory: string, key: string, python: string) {
  const place = environmentPlace(storeDirectory, key)
  const marker = await readMarker(place)
  const free = await takeFreeLocks(
    [place.lease, place.buildLock].map((path) => ({ path, mode: 'exclusive' as const })),
    python,
  )
  await Promise.all((free ?? []).map((lock) => lock.release()))
  return {
    key,
    place,
    lastUsed: marker === undefined ? null : await lastUse(place),
    inUse: free === undefined,
    distribution: marker?.distribution ?? null,
    wheelSha256: marker?.wheel_sha256 ?? null,
    packages: (await exists(place.lockFile)) ? lockedPackages(await readFile(place.lockFile, 'utf8')) : [],
  }
}

/** Of everything that is there, finished or not. */
async function environmentKeys(storeDirectory: string): Promise<string[]> {
  const names = await list(join(storeDirectory, 'envs'))
  return [
    ...new Set(
      names.flatMap(
        (name) => /^(?:pylock\.)?([0-9a-f]{30}(?:[0-9a-f]{2}|-2))(?:\.ready\.json|\.toml)?$/.exec(name)?.[1] ?? [],
      ),
    ),
  ]
}

/** Bytes on disk of each folder, less the files that a folder before it has a link to. A missing folder has none. */
async function addedBytes(folders: readonly string[]): Promise<Map<string, number>> {
  const there = await Promise.all(folders.map(async (folder) => ((await exists(folder)) ? [folder] : [])))
  if (there.flat().length === 0) return new Map()
  const { stdout } = await run('du', ['-s', '-k', '--', ...new Set(there.flat())], { environment: cleanEnvironment() })
  const rows = [...stdout.matchAll(/^(\d+)\t(.+)$/gm)]
  return new Map(rows.map(([, kibibytes, folder]) => [folder!, Number(kibibytes) * 1024]))
}

async function isDayOld(path: string): Promise<boolean> {
  return Date.now() - (await stat(path)).mtimeMs > millisecondsInDay
}

async function list(folder: string): Promise<string[]> {
  return (await exists(folder)) ? (await readdir(folder)).toSorted() : []
}
