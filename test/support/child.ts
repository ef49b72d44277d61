import { spawn } from 'node:child_process'

/** What a process of a test left behind. */
export interface Ended {
  readonly exitCode: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs a program with exactly this environment and these bytes on standard input. */
export async function child(
  file: string,
  args: readonly string[],
  options: { cwd?: string; env: Record<string, string>; input?: string | Uint8Array },
): Promise<Ended> {
  const started = spawn(file, args, { cwd: options.cwd, env: options.env })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  started.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  started.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  started.stdin.on('error', () => undefined) // it may end before it has read everything
  started.stdin.end(options.input ?? '')
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    started.on('error', reject)
    started.on('close', resolve)
  })
  return { exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }
}
