import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { packageDirectory } from './targets.ts'

const Package = z.object({ name: z.string(), version: z.string() })

/** Name and version of this tool for provenance, e.g. `nx-isobench 0.1.0`. */
export async function toolName(): Promise<string> {
  const { name, version } = Package.parse(JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8')))
  return `${name} ${version}`
}
