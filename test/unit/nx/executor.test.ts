import { type ChildProcess, fork } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../support/git-fixture.ts'

interface Ended {
  readonly folder: string
  /** Tasks in the order of their answers */
  readonly order: string[]
  readonly success: Record<string, boolean>
  readonly output: Record<string, string>
  readonly exitCode: number | null
}

/** Runs a batch of such tasks in a process of its own. @param onWaiting called when a task waits */
async function batchOf(
  projects: readonly string[],
  { atOnce = 100, onWaiting = undefined as ((child: ChildProcess) => void) | undefined } = {},
): Promise<Ended> {
  const folder = await temporaryFolder()
  const program = join(import.meta.dirname, '../../support/batch-process.ts')
  const child = fork(program, [folder, String(atOnce), ...projects], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const answers: { task: string; result: { success: boolean; terminalOutput: string } }[] = []
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => void (said += chunk.toString()))
  child.on('message', (message: any) => {
    if (message === 'waiting') onWaiting?.(child)
    else if (message === 'end') child.disconnect()
    else answers.push(message)
  })
  const exitCode = await new Promise<number | null>((resolve) => void child.on('exit', resolve)) // no `close` comes after `disconnect`
  const by = <Value>(value: (answer: (typeof answers)[number]) => Value) =>
    Object.fromEntries(answers.map((answer) => [answer.task.replace(':assemble', ''), value(answer)]))
  if (answers.length === 0) console.log(said)
  return {
    folder,
    order: answers.map(({ task }) => task),
    success: by(({ result }) => result.success),
    output: by(({ result }) => result.terminalOutput),
    exitCode,
  }
}

test('whatever a task does, it fails alone and every task is answered once', async () => {
  const bad = {
    throws: 'thrown',
    'rejects-late': 'nobody waits for this',
    'throws-in-a-timer': 'thrown in a timer',
    'never-settles': 'before it settles',
    exits: 'a stage wanted to end the process with exit code 0',
    'has-its-child-killed': 'child ended with null',
  }
  const projects = Object.keys(bad).flatMap((name, index) => [`good-${index}`, name])
  const ended = await batchOf(projects)
  expect(ended.order.toSorted()).toEqual(projects.map((project) => `${project}:assemble`).toSorted())
  expect(ended.exitCode).toBe(0)
  for (const [project, success] of Object.entries(ended.success))
    expect([project, success]).toEqual([project, project.startsWith('good')])
  for (const [name, message] of Object.entries(bad))
    expect(ended.output[name]).toContain(`${name} assemble: bug: Error: ${message}`)
  expect(await readFile(join(ended.folder, 'good-0/out/record.json'), 'utf8')).toBe('good-0\n')
  expect(await readdir(join(ended.folder, 'exits')).catch(() => [])).toEqual([])
})

test('a task that failed with the device in its hands gives it back', async () => {
  const ended = await batchOf(['keeps-the-device', 'waits-for-the-device-1', 'waits-for-the-device-2'])
  expect(ended.success).toEqual({
    'keeps-the-device': false,
    'waits-for-the-device-1': true,
    'waits-for-the-device-2': true,
  })
})

test('what a task leaves behind when it has ended is no fault of another', async () => {
  const ended = await batchOf(['rejects-after-its-end', 'ends-last'])
  expect(ended).toMatchObject({ success: { 'rejects-after-its-end': true, 'ends-last': true }, exitCode: 0 })
})

test('so many are at work at the most', async () => {
  const projects = Array.from({ length: 50 }, (_, index) => `counted-${index}`)
  const ended = await batchOf(projects, { atOnce: 3 })
  expect(new Set(Object.values(ended.output))).toEqual(new Set(['']))
  expect(Object.values(ended.success)).toEqual(projects.map(() => true))
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'on %s all that have not ended are failures, and none is left out',
  async (signal) => {
    const projects = ['good-1', 'waits-1', 'waits-2', 'good-2', 'good-3']
    let waiting = 0
    const onWaiting = (child: ChildProcess) => void (++waiting === 2 && child.kill(signal))
    const ended = await batchOf(projects, { atOnce: 2, onWaiting })
    expect(ended.success).toEqual({
      'good-1': true,
      'waits-1': false,
      'waits-2': false,
      'good-2': false,
      'good-3': false,
    })
    expect(ended.output['waits-1']).toBe(`waits-1 assemble: stopped by ${signal}\n`)
    expect(ended.output['good-3']).toBe(`good-3 assemble: stopped by ${signal}\n`)
    expect(ended.exitCode).toBe(signal === 'SIGTERM' ? 143 : 130)
  },
)
