import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { holdingLock, takeFreeLocks, takeLocks } from '../../../plugins/isobench/src/adapters/kernel-lock.ts'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import { type Interpreter, chooseInterpreter } from '../../../plugins/isobench/src/adapters/python.ts'

const adapter = join(import.meta.dirname, '../../../plugins/isobench/src/adapters/kernel-lock.ts')

let folder: string
let python: Interpreter
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isobench-lock-'))
  python = await chooseInterpreter(['>=3.8'])
})
afterAll(() => rm(folder, { recursive: true }))

/** Another process that takes the lock, says so, and then does what `body` says. */
function holder(lock: string, body: string) {
  const code = `import { holdingLock, takeFreeLocks, takeLocks } from ${JSON.stringify(adapter)}
    import { spawn } from 'node:child_process'
    await holdingLock(${JSON.stringify(lock)}, ${JSON.stringify(python.path)}, async (file) => { ${body} })`
  return execa(process.execPath, ['--input-type=module', '-e', code], { reject: false })
}

/** Waits until the holder says that it has the lock. */
async function held(child: ReturnType<typeof holder>): Promise<void> {
  const [output] = await once(child.stdout, 'data')
  expect(String(output)).toBe('held\n')
}

test('one at a time, in one process and also after a failure', async () => {
  const events: string[] = []
  const lock = join(folder, 'a', 'lock')
  const work = (name: string) => async () => {
    events.push(`${name} in`)
    await wait(20)
    events.push(`${name} out`)
    if (name === 'x') throw new Error('broken')
  }
  const results = await Promise.allSettled(['x', 'y', 'z'].map((name) => holdingLock(lock, python.path, work(name))))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  for (let index = 0; index < events.length; index += 2) {
    expect(events[index + 1]).toBe(events[index]!.replace(' in', ' out'))
  }
})

test('a lock is free when its holder is killed', async () => {
  const lock = join(folder, 'killed')
  const child = holder(lock, `console.log('held'); await new Promise((resolve) => setTimeout(resolve, 60_000))`)
  await held(child)
  child.kill('SIGKILL')
  expect(await holdingLock(lock, python.path, async () => 'mine')).toBe('mine')
})

test('a child with the lock keeps it when its parent is killed', async () => {
  const lock = join(folder, 'inherited')
  const marker = join(folder, 'finished')
  const body = `const child = spawn('sh', ['-c', 'sleep 0.7; touch ${marker}'], { stdio: ['ignore', 'ignore', 'ignore', file], detached: true })
    child.on('spawn', () => console.log('held'))
    await new Promise((resolve) => setTimeout(resolve, 60_000))`
  const child = holder(lock, body)
  await held(child)
  child.kill('SIGKILL')
  const seen = await holdingLock(lock, python.path, async () => run('test', ['-e', marker]))
  expect(seen.exitCode).toBe(0)
})

test('a shared lock lets others share it, and nobody have it alone', async () => {
  const path = join(folder, 'shared')
  const [first] = await takeLocks([{ path, mode: 'shared' }], python.path)
  const [second] = await takeLocks([{ path, mode: 'shared' }], python.path)
  expect(await takeFreeLocks([{ path, mode: 'exclusive' }], python.path)).toBeUndefined()
  await first!.release()
  await first!.release() // a second time does nothing, least of all to another open file
  expect(await takeFreeLocks([{ path, mode: 'exclusive' }], python.path)).toBeUndefined()
  await second!.release()
  const [alone] = (await takeFreeLocks([{ path, mode: 'exclusive' }], python.path))!
  expect(await takeFreeLocks([{ path, mode: 'shared' }], python.path)).toBeUndefined()
  await alone!.release()
})

test('of several locks all are taken or none', async () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  const both = [one, two].map((path) => ({ path, mode: 'exclusive' as const }))
  const [taken] = await takeLocks([{ path: two, mode: 'exclusive' }], python.path)
  expect(await takeFreeLocks(both, python.path)).toBeUndefined()
  const [free] = (await takeFreeLocks([{ path: one, mode: 'exclusive' }], python.path))!
  await Promise.all([taken!.release(), free!.release()])
  const all = await takeFreeLocks(both, python.path)
  expect(all).toHaveLength(2)
  await Promise.all(all!.map((lock) => lock.release()))
})

test('a lock that cannot be taken is an error that says where', async () => {
  const path = join(folder, 'no-python')
  await expect(takeLocks([{ path, mode: 'shared' }], '/bin/false')).rejects.toMatchObject({
    code: 'interrupted',
    message: `cannot lock: ${path}`,
  })
})
