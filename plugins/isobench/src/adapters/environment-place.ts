import { rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { canonicalJson } from '../domain/canonical-json.ts'
import { exists, readTextIfPresent, writeAtomically } from './files.ts'

/** Where everything of one environment lies in the store. */
export interface EnvironmentPlace {
  readonly directory: string
  /** Its interpreter */
  readonly python: string
  /** Written last; its modification time is when the environment was last used */
  readonly marker: string
  /** The lock as the installer read it */
  readonly lockFile: string
  /** Held exclusively by whoever makes or removes the environment */
  readonly buildLock: string
  /** Held shared by whoever uses the environment, exclusively by whoever removes it */
  readonly lease: string
}

export function environmentPlace(storeDirectory: string, key: string): EnvironmentPlace {
  const directory = join(storeDirectory, 'envs', key)
  return {
    directory,
    python: join(directory, 'bin', 'python'),
    marker: `${directory}.ready.json`,
    lockFile: join(storeDirectory, 'envs', `pylock.${key}.toml`),
    buildLock: join(storeDirectory, 'locks', `env-${key}`),
    lease: join(storeDirectory, 'leases', key),
  }
}

/** Held shared by whoever installs, exclusively by whoever removes wheels and what is cached of packages. */
export function installingLease(storeDirectory: string): string {
  return join(storeDirectory, 'leases', 'installing')
}

const EnvironmentFacts = z.object({
  distribution: z.string(),
  lock_sha256: z.string(),
  python: z.string(),
  wheel_sha256: z.string(),
})
/** What an environment was made from. */
export type EnvironmentFacts = z.infer<typeof EnvironmentFacts>

const Marker = EnvironmentFacts.extend({
  interpreter: z.string().describe('Size and modification time of the executable behind `bin/python`'),
})

/** What the marker says; undefined when the environment is not whole. */
export async function readMarker({ marker }: EnvironmentPlace): Promise<z.infer<typeof Marker> | undefined> {
  const text = await readTextIfPresent(marker)
  try {
    return text === undefined ? undefined : Marker.parse(JSON.parse(text))
  } catch {
    return undefined // what cannot be read proves nothing: the environment is made again
  }
}

/**
 * Whether the environment is whole, made from just this, and its interpreter still the one that it was made with: a
 * system update replaces the executable that an environment only links to. Its last use is then now.
 */
export async function useIfReady(place: EnvironmentPlace, facts: EnvironmentFacts): Promise<boolean> {
  const [marker, interpreter] = await Promise.all([readMarker(place), executableOf(place)])
  if (interpreter === undefined || canonicalJson(marker ?? null) !== canonicalJson({ ...facts, interpreter }))
    return false
  const now = new Date()
  await utimes(place.marker, now, now)
  return true
}

export async function markReady(place: EnvironmentPlace, facts: EnvironmentFacts): Promise<void> {
  await writeAtomically(place.marker, canonicalJson({ ...facts, interpreter: await executableOf(place) }))
}

/** The marker goes first, so that nobody uses what is left when this is cut off. */
export async function removeEnvironment({ marker, directory, lockFile }: EnvironmentPlace): Promise<void> {
  await rm(marker, { force: true })
  await rm(directory, { recursive: true, force: true })
  await rm(lockFile, { force: true })
}

/** undefined when nothing is there, or a link to an interpreter that is gone. */
async function executableOf({ python }: EnvironmentPlace): Promise<string | undefined> {
  if (!(await exists(python))) return undefined
  const { size, mtimeMs } = await stat(python)
  return `${size} ${Math.floor(mtimeMs)}`
}
