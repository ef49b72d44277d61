import { close, open } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { IsobenchError } from '../errors.ts'
import { run } from './process.ts'

/** A lock file, and whether others may hold it at the same time as long as they share it too. */
export interface Lock {
  readonly path: string
  readonly mode: 'exclusive' | 'shared'
}

/** Locks that are held until they are released, or until this process ends, however it ends. */
export interface HeldLock {
  /** The open file: a child that gets it keeps the lock until it ends, also when it outlives us */
  readonly file: number
  release(): Promise<void>
}

const taken = 0
const notFree = 9
const take = `
import fcntl, sys
wait = 0 if sys.argv[1] == "wait" else fcntl.LOCK_NB
try:
    for file, mode in enumerate(sys.argv[2:], 3):
        fcntl.flock(file, (fcntl.LOCK_SH if mode == "shared" else fcntl.LOCK_EX) | wait)
except BlockingIOError:
    sys.exit(${notFree})
`
// Plain file numbers: an object would close its file when it is collected as garbage, and the lock would be lost.
const openFile = promisify(open)
const closeFile = promisify(close)

/**
 * Takes locks in their order, waiting for each. The kernel frees them when this process ends. Node cannot call
 * flock(2), so a short-lived Python locks the open files it inherits; a lock belongs to the open file, thus stays.
 * @param python path of an interpreter
 */
export async function takeLocks(locks: readonly Lock[], python: string): Promise<HeldLock[]> {
  return (await lockFiles(locks, python, 'wait'))!
}

/** Takes locks when all of them are free, else none. @returns undefined when another holds one of them */
export function takeFreeLocks(locks: readonly Lock[], python: string): Promise<HeldLock[] | undefined> {
  return lockFiles(locks, python, 'try')
}

/** Does one thing while holding a lock file that no other process holds. */
export async function holdingLock<Result>(
  path: string,
  python: string,
  work: (file: number) => Promise<Result>,
): Promise<Result> {
  const [lock] = await takeLocks([{ path, mode: 'exclusive' }], python)
  try {
    return await work(lock!.file)
  } finally {
    await lock!.release()
  }
}

async function lockFiles(locks: readonly Lock[], python: string, patience: 'wait' | 'try') {
  const held: HeldLock[] = []
  const releaseAll = () => Promise.all(held.map((lock) => lock.release()))
  try {
    for (const { path } of locks) held.push(await openLock(path))
    const args = ['-I', '-S', '-c', take, patience, ...locks.map(({ mode }) => mode)]
    const ended = await run(python, args, { inheritedFile: held.map(({ file }) => file) })
    if (ended.exitCode === taken) return held
    if (ended.exitCode !== notFree || patience === 'wait') {
      throw new IsobenchError('interrupted', `cannot lock: ${locks.map(({ path }) => path).join(', ')}`, {
        hint: 'the store must be on a disk that can lock files (flock)',
        cause: ended.stderr,
      })
    }
  } catch (error) {
    await releaseAll()
    throw error
  }
  await releaseAll()
  return undefined
}

async function openLock(path: string): Promise<HeldLock> {
  await mkdir(dirname(path), { recursive: true })
  const file = await openFile(path, 'a')
  let closed: Promise<void> | undefined
  return { file, release: () => (closed ??= closeFile(file)) }
}
