import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IsobenchError } from '../errors.ts'
import { run } from './process.ts'

const take = 'import fcntl; fcntl.flock(3, fcntl.LOCK_EX)'

/**
 * Does one thing while holding a lock file that no other process holds. The kernel frees the lock when this process
 * ends, however it ends. Node cannot call flock(2), so a short-lived Python locks the open file it inherits; the lock
 * belongs to the open file, thus stays with us. Children that get `file` as an extra open file keep it until they end:
 * one that outlives us goes on undisturbed.
 * @param python path of an interpreter
 */
export async function holdingLock<Result>(
  path: string,
  python: string,
  work: (file: number) => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true })
  const handle = await open(path, 'a')
  try {
    const taken = await run(python, ['-I', '-S', '-c', take], { inheritedFile: handle.fd })
    if (taken.exitCode !== 0) throw new IsobenchError('interrupted', `cannot lock: ${path}`, { cause: taken.stderr })
    return await work(handle.fd)
  } finally {
    await handle.close()
  }
}
