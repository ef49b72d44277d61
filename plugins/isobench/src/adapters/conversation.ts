import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { IsobenchError } from '../errors.ts'

/** A program that stays for further requests. */
export interface Program {
  readonly file: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Begins to read an answer: what it gives is called with every chunk and says whether the answer is whole. */
  readonly reader: () => (chunk: Buffer) => boolean
  /** How long an answer may take; without it, as long as it likes */
  readonly timeoutSeconds?: number
}

/** Sends a request and gives its answer. @throws Error when the program died of it, or took too long, twice */
export type Ask = (request: string) => Promise<Buffer>

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** Without a request for so long a program ends; the next request starts it again. */
const idleMilliseconds = 5000
const keptOfErrors = 2000

/**
 * Opens a conversation with a program that answers one request after the other, where starting it costs more than an
 * answer. It is started when it is needed, and again when it has died. It does not keep this process alive, and ends
 * with it however that ends, because its standard input does.
 */
export function openConversation(program: Program): Ask {
  let child: Child | undefined
  let idle: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()
  const end = (): void => {
    child?.stdin.end()
    child = undefined
  }
  const ask = async (request: string): Promise<Buffer> => {
    clearTimeout(idle)
    const asked = (child ??= start(program))
    try {
      return await exchange(asked, request, program)
    } catch (error) {
      asked.kill('SIGKILL')
      child = undefined
      throw error
    } finally {
      idle = setTimeout(end, idleMilliseconds).unref()
    }
  }
  return (request) => {
    const answer = last.then(() => ask(request).catch(() => ask(request)))
    last = answer.catch(() => undefined)
    return answer
  }
}

function start({ file, args, environment }: Program): Child {
  const child = spawn(file, args, { env: { ...environment }, stdio: ['pipe', 'pipe', 'pipe'] })
  for (const emitter of [child, child.stdin]) emitter.on('error', () => undefined) // `close` tells that it died
  keepUsAlive(child, false)
  return child
}

async function exchange(child: Child, request: string, program: Program): Promise<Buffer> {
  const { file, args, reader, timeoutSeconds } = program
  const { promise: whole, resolve, reject } = Promise.withResolvers<void>()
  const chunks: Buffer[] = []
  let said = ''
  const isWhole = reader()
  const onChunk = (chunk: Buffer): void => {
    chunks.push(chunk)
    if (isWhole(chunk)) resolve()
  }
  const onSaid = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-keptOfErrors)
  }
  const onError = (cause: Error): void =>
    reject(new IsobenchError('prerequisite-missing', `no such program: ${file}`, { cause }))
  const onClose = (): void => reject(new Error(`${file} ${args[0]} ended before it had answered: ${said}`))
  child.stdout.on('data', onChunk)
  child.stderr.on('data', onSaid)
  child.on('error', onError)
  child.on('close', onClose)
  keepUsAlive(child, true)
  const onTimeout = (): void => reject(new Error(`${file} ${args[0]} took more than ${timeoutSeconds} s: ${said}`))
  const timer = timeoutSeconds === undefined ? undefined : setTimeout(onTimeout, timeoutSeconds * 1000)
  if (child.exitCode !== null || child.signalCode !== null) onClose()
  else child.stdin.write(request)
  try {
    await whole
    return Buffer.concat(chunks)
  } finally {
    clearTimeout(timer)
    keepUsAlive(child, false)
    child.stdout.off('data', onChunk)
    child.stderr.off('data', onSaid)
    child.off('error', onError)
    child.off('close', onClose)
  }
}

/** While an answer is waited for, our process must not end; without that it may. */
function keepUsAlive(child: Child, keep: boolean): void {
  const handles = [child, child.stdin, child.stdout, child.stderr] as unknown as Pick<Socket, 'ref' | 'unref'>[]
  for (const handle of handles) handle[keep ? 'ref' : 'unref']()
}
