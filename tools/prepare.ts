import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'

/** Debian packages that some suites need: the program looked for, and the package that holds it. */
const packages = [
  { program: 'bwrap', name: 'bubblewrap', suites: 'sandbox' },
  { program: 'cc', name: 'build-essential', suites: 'GPU driver' },
  { program: 'chromium', name: 'chromium', suites: 'browser' },
  { program: 'slurmctld', name: 'slurm-wlm', suites: 'Slurm' },
  { program: 'munged', name: 'munge', suites: 'Slurm' },
] as const

/**
 * Installs what is missing where that can be done (Debian, root); elsewhere it names what is missing, one line each,
 * and the suites that need it are skipped.
 */
export async function preparePackages(): Promise<void> {
  const missing = packages.filter(({ program }) => !onPath(program))
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name)
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) await install(names)
  for (const { program, name, suites } of missing) {
    if (!onPath(program)) console.log(`skipped: the ${suites} tests need \`${program}\` (Debian package ${name})`)
  }
}

async function install(names: readonly string[]): Promise<void> {
  console.log(`installing Debian packages: ${names.join(', ')}`)
  await apt('update')
  await apt('install', '-y', '--no-install-recommends', ...names)
}

async function apt(...args: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const { failed, stderr } = await execa('apt-get', ['-qq', ...args], { env, stdin: 'ignore', reject: false })
  if (failed) console.log(`warning: apt-get ${args[0]} failed: ${stderr?.trim().split('\n').at(-1)}`)
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}
