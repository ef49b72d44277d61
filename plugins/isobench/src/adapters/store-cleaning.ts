import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { normalizeName } from '../domain/wheel-name.ts'
import { environmentsToRemove } from '../domain/store-plan.ts'
import { installingLease, removeEnvironment } from './environment-place.ts'
import { exists } from './files.ts'
import type { Installer } from './installer.ts'
import { takeFreeLocks } from './kernel-lock.ts'
import { chooseInterpreter } from './python.ts'
import { type EnvironmentInStore, type StoreContents, lastUse, readStore, wheelFolder } from './store-contents.ts'
import { findUv } from './uv.ts'

/** What is in the store, and what of it has to go for the rest to fit into the budget. */
export interface CleaningPlan extends StoreContents {
  readonly storeDirectory: string
  readonly budgetBytes: number
  readonly remove: readonly EnvironmentInStore[]
}

/** What a cleaning did. */
export interface Cleaned {
  readonly environments: number
  readonly freedBytes: number
  readonly totalBytes: number
}

/**
 * Finds what must go so that environments, wheels and the cache of packages take no more than the budget: first what
 * nothing needs, then environments with their wheels, the longest unused first. Nothing is removed yet. Mirrors, model
 * answers and runs are never touched.
 */
export async function planCleaning(storeDirectory: string, budgetBytes: number): Promise<CleaningPlan> {
  const contents = await readStore(storeDirectory, (await anyPython()).path)
  const { environments, totalBytes } = contents
  if (totalBytes <= budgetBytes) return { ...contents, unneeded: [], storeDirectory, budgetBytes, remove: [] }
  const ofEnvironments = environments.reduce((sum, { addedBytes }) => sum + addedBytes, 0)
  const ofUnneeded = contents.unneeded.reduce((sum, { addedBytes }) => sum + addedBytes, 0)
  const others = totalBytes - ofEnvironments - ofUnneeded
  return { ...contents, storeDirectory, budgetBytes, remove: environmentsToRemove(environments, budgetBytes - others) }
}

/**
 * Removes what the plan says. An environment goes under its own locks, marker first; one that somebody uses by now
 * stays. Wheels and cached packages go only while nobody installs. What is in no environment any more goes from the
 * cache of uv too, since files are shared by links, and at the last the whole cache, if the budget asks for it.
 * @param toolsDirectory where uv is kept when it is not on the search path
 */
export async function cleanStore(
  plan: CleaningPlan,
  options: { readonly toolsDirectory: string; readonly log: (message: string) => void },
): Promise<Cleaned> {
  const python = await anyPython()
  const lease = { path: installingLease(plan.storeDirectory), mode: 'exclusive' as const }
  const nobodyInstalls = await takeFreeLocks([lease], python.path)
  try {
    const removed: EnvironmentInStore[] = []
    for (const each of plan.remove) if (await removeUnused(each, python.path)) removed.push(each)
    if (nobodyInstalls === undefined) options.log('wheels and cached packages stay: something is being installed')
    else if (plan.totalBytes > plan.budgetBytes) await removeSources(plan, removed, options)
    const { totalBytes } = await readStore(plan.storeDirectory, python.path)
    return { environments: removed.length, freedBytes: plan.totalBytes - totalBytes, totalBytes }
  } finally {
    await Promise.all((nobodyInstalls ?? []).map((lock) => lock.release()))
  }
}

/** What environments are made from, where none that stays needs it. */
async function removeSources(
  plan: CleaningPlan,
  removed: readonly EnvironmentInStore[],
  options: { readonly toolsDirectory: string; readonly log: (message: string) => void },
): Promise<void> {
  const { storeDirectory, budgetBytes } = plan
  const kept = plan.environments.filter((each) => !removed.includes(each))
  await removeWheels(plan, removed, kept)
  const uv = await cacheOwner(storeDirectory, options)
  await uv?.cleanCache(packagesOfNone(removed, kept))
  const { totalBytes } = await readStore(storeDirectory, (await anyPython()).path)
  if (totalBytes > budgetBytes) await uv?.cleanCache('all')
}

async function removeUnused({ place, lastUsed }: EnvironmentInStore, python: string): Promise<boolean> {
  const paths = [place.lease, place.buildLock]
  const held = await takeFreeLocks(
    paths.map((path) => ({ path, mode: 'exclusive' })),
    python,
  )
  if (held === undefined) return false
  try {
    if ((await lastUse(place)) !== lastUsed) return false
    await removeEnvironment(place)
    return true
  } finally {
    await Promise.all(held.map((lock) => lock.release()))
  }
}

async function removeWheels(
  { storeDirectory, unneeded }: CleaningPlan,
  removed: readonly EnvironmentInStore[],
  kept: readonly EnvironmentInStore[],
): Promise<void> {
  const needed = new Set(kept.map(({ wheelSha256 }) => wheelSha256))
  const wheels = removed.flatMap(({ wheelSha256 }) =>
    wheelSha256 === null || needed.has(wheelSha256) ? [] : [wheelFolder(storeDirectory, wheelSha256)],
  )
  for (const path of [...unneeded.map((each) => each.path), ...wheels]) await rm(path, { recursive: true, force: true })
}

/**
 * Names of the packages that no environment has any more, and of the measured ones: those are cached once more as
 * wheels of ours, so nothing has to be fetched again for them.
 */
function packagesOfNone(removed: readonly EnvironmentInStore[], kept: readonly EnvironmentInStore[]): string[] {
  const held = new Set(kept.flatMap(({ packages }) => packages))
  const measured = removed.flatMap(({ distribution }) => (distribution === null ? [] : [normalizeName(distribution)]))
  const unheld = removed.flatMap(({ packages }) => packages.filter((name) => !held.has(name)))
  return [...new Set([...measured, ...unheld])].toSorted()
}

async function cacheOwner(
  storeDirectory: string,
  { toolsDirectory, log }: { readonly toolsDirectory: string; readonly log: (message: string) => void },
): Promise<Installer | undefined> {
  const cacheDirectory = join(storeDirectory, 'uv-cache')
  if (!(await exists(cacheDirectory))) return undefined
  return findUv({ toolsDirectory, cacheDirectory, python: await anyPython(), log })
}

function anyPython() {
  return chooseInterpreter(['>=3.8'])
}
