import { copyFile, link, mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { exists } from './files.ts'
import type { BringWheel } from './portable-bundle.ts'

/**
 * Wheels for many bundles in one folder: each wheel takes its room once, as the bundles hold links to it. The wheels of
 * a store stand in folders named by their digest, which whoever measures checks again.
 * @param folder the folder that the nodes share
 */
export function linkedWheels(folder: string): BringWheel {
  return async (file, target) => {
    const sha256 = basename(dirname(target))
    const shared = join(folder, 'wheels', sha256, basename(target))
    if (!(await exists(shared))) {
      await mkdir(dirname(shared), { recursive: true })
      await linkOrCopy(file, shared)
    }
    await link(shared, target)
    return { sha256, sizeBytes: (await stat(target)).size }
  }
}

/** Frees the room of wheels that no bundle needs. */
export async function removeSharedWheels(folder: string): Promise<void> {
  await rm(join(folder, 'wheels'), { recursive: true, force: true })
}

async function linkOrCopy(file: string, target: string): Promise<void> {
  const temporary = `${target}.tmp`
  await rm(temporary, { force: true })
  await link(file, temporary).catch(() => copyFile(file, temporary)) // another disk, or one without links
  await rename(temporary, target)
}
