import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

const script = join(import.meta.dirname, '../../tools/slurm-sandbox.sh')

/** Whether this machine can run a Slurm of its own; where it cannot, the tests that need one are skipped. */
export const hasSlurm = await Promise.all(
  ['slurmctld', 'munged'].map((program) => execa('which', [program], { reject: false, env: withSystemPrograms() })),
).then((found) => found.every(({ exitCode }) => exitCode === 0))
if (!hasSlurm) console.log('skipped: the Slurm tests need slurmctld and munged (Debian packages slurm-wlm and munge)')

/** A real cluster of nodes n1, n2, … on this machine. While it is there, `SLURM_CONF` names it to this process. */
export interface SlurmSandbox {
  readonly configuration: string
  /** e.g. `scancel 3_1` */
  slurm(program: string, ...args: string[]): Promise<string>
  /** The node loses its power, and Slurm is told at once what it would notice in 30 s. */
  lose(node: string): Promise<void>
  /** And is there again. */
  return(node: string): Promise<void>
  killController(): Promise<void>
  startController(): Promise<void>
  remove(): Promise<void>
}

export async function createSlurmSandbox(nodes = 3, ...more: 'limit-memory'[]): Promise<SlurmSandbox> {
  const parent = await mkdtemp(join(tmpdir(), 'isobench-slurm-'))
  const folder = join(parent, 'cluster')
  const sandbox = async (verb: string, ...args: string[]): Promise<void> => {
    await execa(script, [verb, folder, ...args], { stdin: 'ignore', env: withSystemPrograms() })
  }
  await sandbox('up', String(nodes), ...more)
  const before = process.env['SLURM_CONF']
  const configuration = join(folder, 'etc/slurm.conf')
  process.env['SLURM_CONF'] = configuration
  const slurm = async (program: string, ...args: string[]): Promise<string> =>
    (await execa(program, args, { env: { SLURM_CONF: configuration } })).stdout
  return {
    configuration,
    slurm,
    lose: async (node) => {
      await sandbox('lose', node)
      await slurm('scontrol', 'update', `NodeName=${node}`, 'State=DOWN', 'Reason=lost')
    },
    return: (node) => sandbox('return', node),
    killController: () => sandbox('kill-controller'),
    startController: () => sandbox('start-controller'),
    remove: async () => {
      await sandbox('down')
      await rm(parent, { recursive: true })
      if (before === undefined) delete process.env['SLURM_CONF']
      else process.env['SLURM_CONF'] = before
    },
  }
}

function withSystemPrograms(): Record<string, string> {
  return { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
}
