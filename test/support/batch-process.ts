import { setTimeout as wait } from 'node:timers/promises'
import { run } from '../../plugins/isobench/src/adapters/process.ts'
import type { StageContext } from '../../plugins/isobench/src/nx/context.ts'
import { batchExecutor } from '../../plugins/isobench/src/nx/executor.ts'

/**
 * A batch of the stage `assemble` as Nx runs one, whose tasks do what their names say: started by a test with a folder,
 * how many at once, and the tasks. Every answer is sent to the test.
 */
const [root, atOnce, ...projects] = process.argv.slice(2) as [string, string, ...string[]]

let counted = 0

const deeds: Record<string, (context: StageContext) => unknown> = {
  good: () => wait(20),
  counted: async () => {
    if (++counted > Number(atOnce)) throw new Error(`at work: ${counted}`)
    await wait(5)
    counted--
  },
  throws: () => {
    throw new Error('thrown')
  },
  'rejects-late': async () => {
    void wait(10).then(() => Promise.reject(new Error('nobody waits for this')))
    await wait(60_000)
  },
  'throws-in-a-timer': async () => {
    setTimeout(() => {
      throw new Error('thrown in a timer')
    }, 10)
    await wait(60_000)
  },
  'never-settles': async () => {
    setTimeout(() => void Promise.reject(new Error('before it settles')), 10)
    await new Promise(() => undefined)
  },
  exits: () => process.exit(0),
  'has-its-child-killed': async () => {
    const ended = await run('sh', ['-c', 'kill -9 $$'])
    if (ended.exitCode !== 0) throw new Error(`child ended with ${ended.exitCode}`)
  },
  'keeps-the-device': (context) =>
    context.turn('device', 1, async () => {
      setTimeout(() => void Promise.reject(new Error('with the device')), 10)
      await new Promise(() => undefined)
    }),
  'waits-for-the-device': (context) => context.turn('device', 1, async () => undefined),
  waits: async () => {
    process.send!('waiting')
    await run('sleep', ['600'])
  },
  'rejects-after-its-end': () => void wait(50).then(() => Promise.reject(new Error('too late'))),
  'ends-last': () => wait(1000),
}

const work = async (context: StageContext) => {
  await deeds[context.projectName.replace(/-\d+$/, '')]!(context)
  return { 'record.json': `${context.projectName}\n` }
}
const batch = batchExecutor('assemble', async () => ({ work }), Number(atOnce))
const tasks = projects.map((project) => [
  project,
  { id: `${project}:assemble`, target: { project, target: 'assemble' } },
])
const nx: any = {
  root,
  projectsConfigurations: { projects: Object.fromEntries(projects.map((project) => [project, { root: project }])) },
}
for await (const answer of batch({ tasks: Object.fromEntries(tasks) }, {}, {}, nx)) process.send!(answer)
// As Nx does: it hears everything, then lets go of us.
process.once('disconnect', () => process.exit(0))
process.send!('end')
