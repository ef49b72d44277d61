import { join } from 'node:path'
import { readTextIfPresent } from '../adapters/files.ts'
import { parseSettings } from '../domain/settings.ts'
import { ProviderProfile } from '../schema/provider.ts'
import { packageDirectory } from './targets.ts'

/** A profile that comes with the package; undefined when there is none of that name. */
export async function builtInProvider(name: string): Promise<ProviderProfile | undefined> {
  const file = join(packageDirectory, 'providers', `${name}.yaml`)
  const text = await readTextIfPresent(file)
  return text === undefined ? undefined : parseSettings(ProviderProfile, text, file)
}
