import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Program, openConversation } from '../../../plugins/isobench/src/adapters/conversation.ts'
import { cleanEnvironment, run } from '../../../plugins/isobench/src/adapters/process.ts'
import { failure, temporaryFolder } from '../../support/git-fixture.ts'

/** Answers a line with its process and the line, but `wait` never; dies in the middle of an answer to `die`, to `stumble` only once. */
const script = `
import os, sys, time
stumbled = sys.argv[1]
for line in sys.stdin:
    word = line.strip()
    if word == "wait":
        time.sleep(600)
    print(os.getpid(), word, "x" * (300_000 if word == "much" else 1), flush=True)
    if word == "die" or (word == "stumble" and not os.path.exists(stumbled)):
        open(stumbled, "w").close()
        sys.exit("cannot go on")
    print("end", flush=True)
`

async function program(): Promise<Program> {
  const args = ['-c', script, join(await temporaryFolder(), 'stumbled')]
  return { file: 'python3', args, environment: cleanEnvironment(), reader }
}

function reader(): (chunk: Buffer) => boolean {
  let text = ''
  return (chunk) => (text += chunk.toString()).endsWith('end\n')
}

function read(answer: Buffer) {
  const [, pid, word, rest] = /^(\d+) (\w+) (x+)\nend\n$/.exec(answer.toString())!
  return { pid: Number(pid), word, length: rest!.length }
}

test('one process answers all requests, each with its own answer', async () => {
  const ask = openConversation(await program())
  const answers = (await Promise.all(['a', 'much', 'b'].map((word) => ask(`${word}\n`)))).map(read)
  expect(answers.map(({ word, length }) => [word, length])).toEqual([
    ['a', 1],
    ['much', 300_000],
    ['b', 1],
  ])
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1)
})

test('a process that dies in an answer is started again, and nothing of its half answer is left', async () => {
  const ask = openConversation(await program())
  const answers = await Promise.all(['a', 'stumble', 'b'].map((word) => ask(`${word}\n`)))
  expect(answers.map((answer) => read(answer).word)).toEqual(['a', 'stumble', 'b'])
})

test('a request that always kills it fails, with what it said, and the others are answered', async () => {
  const ask = openConversation(await program())
  const [first, dead, last] = await Promise.allSettled(['a', 'die', 'b'].map((word) => ask(`${word}\n`)))
  expect([first!.status, last!.status]).toEqual(['fulfilled', 'fulfilled'])
  expect(dead).toMatchObject({ reason: { message: 'python3 -c ended before it had answered: cannot go on\n' } })
})

test('a process that was killed between two requests is started again', async () => {
  const ask = openConversation(await program())
  const { pid } = read(await ask('a\n'))
  process.kill(pid, 'SIGKILL')
  const answer = read(await ask('b\n'))
  expect(answer.word).toBe('b')
  expect(answer.pid).not.toBe(pid)
})

test('an answer that takes too long fails, and the next request is answered', async () => {
  const ask = openConversation({ ...(await program()), timeoutSeconds: 3 })
  const [late, next] = await Promise.allSettled(['wait', 'a'].map((word) => ask(`${word}\n`)))
  expect(late).toMatchObject({ reason: { message: 'python3 -c took more than 3 s: ' } })
  expect(next!.status).toBe('fulfilled')
})

test('a program that is not there', async () => {
  const ask = openConversation({ ...(await program()), file: 'no-such-program' })
  expect(await failure(ask('a\n'))).toMatchObject({
    code: 'prerequisite-missing',
    message: 'no such program: no-such-program',
  })
})

test.each([
  ['ends by itself', ''],
  ['is killed', 'process.kill(process.pid, "SIGKILL")'],
])('does not keep its caller alive, and ends when the caller %s', async (_, ending) => {
  const [module, { args }] = [
    new URL('../../../plugins/isobench/src/adapters/conversation.ts', import.meta.url),
    await program(),
  ]
  const code = `
    import { openConversation } from ${JSON.stringify(module.href)}
    const reader = () => (chunk) => String(chunk).endsWith('end\\n')
    const ask = openConversation({ file: 'python3', args: ${JSON.stringify(args)}, environment: process.env, reader })
    console.log(parseInt(await ask('a\\n')))
    ${ending}`
  const ended = await run(process.execPath, ['--input-type=module', '--eval', code])
  expect(ended.exitCode).toBe(ending === '' ? 0 : null)
  await expect.poll(() => isRunning(Number(ended.stdout)), { timeout: 30_000 }).toBe(false)
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
