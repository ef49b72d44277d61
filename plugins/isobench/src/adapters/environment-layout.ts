import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { IsobenchError } from '../errors.ts'

/** Where an environment keeps its packages, told by its folders: its interpreter would run what is installed there. */
export async function sitePackagesOf(interpreter: string): Promise<{ sitePackages: string; python: string }> {
  const library = join(dirname(dirname(interpreter)), 'lib')
  const version = (await readdir(library)).find((name) => /^python3\.\d+$/.test(name))
  if (version === undefined) throw new IsobenchError('corrupt-artifact', `no environment of Python: ${library}`)
  return { sitePackages: join(library, version, 'site-packages'), python: version.slice('python'.length) }
}
