import { readdirSync } from 'node:fs'
import { IsobenchError } from '../errors.ts'
import { cleanEnvironment, run } from './process.ts'
import type { Interpreter } from './python.ts'

const question = `
import os
try:
    print(os.confstr("CS_GNU_LIBC_VERSION") or "")
except (AttributeError, OSError, ValueError):
    print("")`

/** The version of the GNU C library that an interpreter runs with, e.g. `2.36`; null where it is another one. */
export async function glibcOf(python: Pick<Interpreter, 'path'>): Promise<string | null> {
  const result = await run(python.path, ['-I', '-S', '-c', question], { environment: cleanEnvironment() })
  if (result.exitCode !== 0) {
    throw new IsobenchError('prerequisite-missing', `cannot run Python: ${python.path}`, { cause: result.stderr })
  }
  return /^glibc (\d+\.\d+)/.exec(result.stdout)?.[1] ?? null
}

/** How many measurements can run at once: one a GPU of this machine, and one where none is asked for or is there. */
export function devices(accelerator: string): number {
  if (accelerator === 'none') return 1
  return Math.max(1, readdirSync('/dev').filter((name) => /^nvidia\d+$/.test(name)).length)
}
