import { join } from 'node:path'
import type { GeneratorCallback, Tree } from '@nx/devkit'
import { type CleaningPlan, cleanStore, planCleaning } from '../../adapters/store-cleaning.ts'
import { IsobenchError } from '../../errors.ts'
import { storeDirectory } from '../store-directory.ts'
import { type Log, generator } from './generator.ts'

export interface CleanStoreOptions {
  /** GiB that environments, wheels and cached packages may take */
  readonly budget: number
}

const bytesInGibibyte = 1024 ** 3

/** Says what has to go for the store to fit into the budget; the callback removes it. */
export async function cleanStoreTo(tree: Tree, options: CleanStoreOptions, log: Log): Promise<GeneratorCallback> {
  if (!Number.isFinite(options.budget) || options.budget < 0) {
    throw new IsobenchError('bad-input', `the budget must be a number of GiB, 0 or more: ${options.budget}`)
  }
  const directory = storeDirectory(tree.root)
  const plan = await planCleaning(directory, options.budget * bytesInGibibyte)
  sayPlan(plan, log)
  return async () => {
    const done = await cleanStore(plan, { toolsDirectory: join(directory, 'tools'), log })
    log(`freed ${size(done.freedBytes)}, environments removed: ${done.environments}`)
    if (done.totalBytes > plan.budgetBytes) {
      log(`still above the budget, as what is in use stays: ${size(done.totalBytes)}`)
    }
  }
}

function sayPlan(
  { environments, totalBytes, budgetBytes, remove, unneeded, storeDirectory: directory }: CleaningPlan,
  log: Log,
): void {
  const inUse = environments.filter((each) => each.inUse).length
  log(
    `${directory}: ${size(totalBytes)} of ${size(budgetBytes)}, environments: ${environments.length}, in use: ${inUse}`,
  )
  for (const { key, distribution, lastUsed, addedBytes } of remove) {
    const since = lastUsed === null ? 'never finished' : `last used ${new Date(lastUsed).toISOString().slice(0, 16)}Z`
    log(`to remove: ${key}, ${distribution ?? 'unknown package'}, ${since}, alone ${size(addedBytes)}`)
  }
  if (unneeded.length > 0) log(`to remove: wheels and working folders that nothing needs: ${unneeded.length}`)
}

function size(bytes: number): string {
  if (Math.abs(bytes) < bytesInGibibyte) return `${(bytes / 1024 ** 2).toFixed(1)} MiB`
  return `${(bytes / bytesInGibibyte).toFixed(2)} GiB`
}

export const cleanStoreGenerator = generator(cleanStoreTo)
