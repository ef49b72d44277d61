import type { Options } from 'execa'
import { IsobenchError } from '../errors.ts'

/** What a finished process left behind. */
export interface ProcessResult {
  /** null when a signal ended it */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

/** How to run a process. Nothing of the caller's environment is passed on but what `environment` names. */
export interface ProcessOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly timeoutSeconds?: number
  readonly input?: string
  /** How standard output becomes text; `latin1` keeps every byte as one character. Default: UTF-8 */
  readonly encoding?: 'utf8' | 'latin1'
  /** Called with every line of standard output as it comes. */
  readonly onLine?: (line: string) => void
  readonly maximumOutputBytes?: number
  /** Open files that the process gets as its files 3 and up, e.g. a lock that it must hold until it ends. */
  readonly inheritedFile?: number | readonly number[]
}

/** Variables that any tool needs and that hold no secret. */
const passedOn = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
]

/** The caller's environment less everything that could hold a secret. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]))
  return { ...Object.fromEntries(kept), ...extra }
}

/**
 * Runs a program to its end and gives back how it ended; a non-zero exit is a result, not an error.
 * The program dies with its parent: it is started in a process group of its own and killed whole on timeout and on exit.
 * @throws IsobenchError `prerequisite-missing` when there is no such program, `interrupted` when a signal asks us to stop
 */
export async function run(file: string, args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  const settings = {
    cwd: options.cwd ?? process.cwd(),
    env: options.environment ?? cleanEnvironment(),
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    encoding: options.encoding ?? 'utf8',
    maxBuffer: options.maximumOutputBytes ?? 100_000_000,
    forceKillAfterDelay: 2000,
    timeout: options.timeoutSeconds === undefined ? 0 : Math.ceil(options.timeoutSeconds * 1000),
    ...(options.input === undefined ? {} : { input: options.input }),
    stdio: [
      options.input === undefined ? ('ignore' as const) : ('pipe' as const),
      'pipe',
      'pipe',
      ...([options.inheritedFile ?? []].flat() as 3[]),
    ],
  } satisfies Options
  const { execa } = await import('execa') // many files, which a stage that starts no program need not load
  const child = execa(file, args, settings)
  if (options.onLine !== undefined) void forEachLine(child, options.onLine)
  const result = await child
  if (result.exitCode === undefined && result.code === 'ENOENT') {
    throw new IsobenchError('prerequisite-missing', `no such program: ${file}`, { cause: result })
  }
  return {
    exitCode: result.exitCode ?? null,
    stdout: result.stdout,
    stderr: result.stderr,
    timedOut: result.timedOut,
  }
}

async function forEachLine(child: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of child) onLine(String(line))
  } catch {
    // How the process ended is reported by the awaited result.
  }
}
