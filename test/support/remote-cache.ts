import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { gunzipSync } from 'node:zlib'
import { run } from '../../plugins/isobench/src/adapters/process.ts'

export const tokens = { read: 'read-token-0123456789', write: 'write-token-0123456789' }

/** A remote cache on loopback, in a process of its own. */
export interface RemoteCache {
  readonly url: string
  /** Where its entries lie, one file each, by hash */
  readonly folder: string
  /** What was asked, e.g. `PUT /v1/cache/123 200` */
  readonly requests: readonly string[]
  stop(): Promise<void>
}

/** The variables with which Nx uses a cache. */
export function using({ url }: { readonly url: string }, token: keyof typeof tokens): Record<string, string> {
  return { NX_SELF_HOSTED_REMOTE_CACHE_SERVER: url, NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: tokens[token] }
}

/** Starts a server over a folder of its own, or over a copy of the entries of another. */
export async function startRemoteCache(copyOf?: string): Promise<RemoteCache> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-cache-'))
  if (copyOf !== undefined) await cp(copyOf, folder, { recursive: true })
  const script = join(import.meta.dirname, 'remote-cache-process.ts')
  const environment = { READ_TOKEN: tokens.read, WRITE_TOKEN: tokens.write }
  const child = spawn(process.execPath, [script, folder], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const requests: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    child.on('exit', () => reject(new Error('the cache server ended')))
    createInterface(child.stdout).on('line', (line) => (line.startsWith('http') ? resolve(line) : requests.push(line)))
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
    await rm(folder, { recursive: true })
  }
  return { url, folder, requests, stop }
}

/** A server on loopback that answers as it is told, for faults of the wire. */
export async function startFaultyCache(answer: RequestListener): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

/** Every entry as it is before compression, by hash. */
export async function entriesOf(folder: string): Promise<Map<string, Buffer>> {
  const hashes = await readdir(folder)
  return new Map(
    await Promise.all(hashes.map(async (hash) => [hash, gunzipSync(await readFile(join(folder, hash)))] as const)),
  )
}

/** The entry that holds an output, e.g. `2db422aa/out/record.json`. */
export async function entryWith(folder: string, output: string): Promise<string> {
  for (const [hash, bytes] of await entriesOf(folder)) if (bytes.includes(`${output}\0`)) return join(folder, hash)
  throw new Error(`no entry holds ${output}`)
}

/** Unpacks an entry, has its folder changed, and packs it again. `options` are for `tar` when it packs. */
export async function repack(
  entry: string,
  change: (folder: string) => Promise<void>,
  options: readonly string[] = [],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-entry-'))
  await tar('-xzf', entry, '-C', folder)
  await run('chmod', ['-R', 'u+rwX', folder])
  await change(folder)
  await tar('-czf', entry, ...options, '-C', folder, ...(await readdir(folder)))
  await rm(folder, { recursive: true })
}

/** Changes the text of an output in an entry. */
export async function editOutput(entry: string, output: string, change: (text: string) => string): Promise<void> {
  await repack(entry, async (folder) => {
    const file = (await readdir(folder, { recursive: true })).find((path) => path.endsWith(`/${output}`))
    const before = await readFile(join(folder, file!), 'utf8')
    if (change(before) === before) throw new Error(`nothing to change in ${output}`)
    await writeFile(join(folder, file!), change(before))
  })
}

async function tar(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await run('tar', args)
  if (exitCode !== 0) throw new Error(`tar ${args.join(' ')}: ${stderr}`)
}
