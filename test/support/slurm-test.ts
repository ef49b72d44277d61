import { afterAll, test as base, beforeAll, vi } from 'vitest'
import { type SlurmSandbox, createSlurmSandbox, hasSlurm } from './slurm-sandbox.ts'
import { type SlurmRig, createSlurmRig, eventually } from './slurm-tasks.ts'

/** A test with a shared folder of its own. */
export const test = base.extend<{ rig: SlurmRig }>({
  rig: async ({ task: _task }, use) => {
    const rig = await createSlurmRig()
    await use(rig)
    await rig.remove()
  },
})

/** The cluster of a file of tests, which is there while they run. */
export interface ClusterOfTests extends Pick<SlurmSandbox, 'slurm' | 'killController' | 'startController'> {
  /** Of `slurm.conf`; the rest of the cluster lies beside its folder */
  configuration(): string
  /** Waits until a task runs. @param id e.g. `3_1` */
  isRunning(id: string): Promise<unknown>
  /** The node that a task runs on loses its power. */
  loseNodeOf(id: string): Promise<void>
}

/** Starts a cluster before the tests of a file, where this machine can, and gives these tests the time that one takes. */
export function clusterOfTests(): ClusterOfTests {
  let cluster: SlurmSandbox
  vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })
  beforeAll(async () => {
    if (hasSlurm) cluster = await createSlurmSandbox()
  })
  afterAll(() => cluster?.remove())
  const squeue = (id: string, format: string) => cluster.slurm('squeue', '-h', '-j', id, '-o', format)
  return {
    slurm: (program, ...args) => cluster.slurm(program, ...args),
    configuration: () => cluster.configuration,
    killController: () => cluster.killController(),
    startController: () => cluster.startController(),
    isRunning: (id) => eventually(async () => (await squeue(id, '%T')) === 'RUNNING'),
    loseNodeOf: async (id) => cluster.lose(await squeue(id, '%N')),
  }
}
