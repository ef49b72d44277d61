import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { exists } from '../../../plugins/isobench/src/adapters/files.ts'
import { createSlurmSandbox, hasSlurm } from '../../support/slurm-sandbox.ts'
import { eventually } from '../../support/slurm-tasks.ts'
import { clusterOfTests, test } from '../../support/slurm-test.ts'

const cluster = clusterOfTests()

describe.skipIf(!hasSlurm)('faults of the cluster', () => {
  test('a preempted task starts again, or fails where its partition cancels it', async ({ rig, expect }) => {
    const program = 'wait_for(os.path.join(out, "..", "go")) if attempt == 0 else None; give("attempt %d" % attempt)'
    const started = rig.measure({ again: program })
    const cancelled = rig.measure({ gone: program }, { partition: 'spot' })
    for (const name of ['again', 'gone']) await cluster.isRunning(await rig.idOf(name))
    const whole = ['--partition=urgent', '--nodes=3', '--exclusive', '--output=/dev/null', '--wrap=sleep 300']
    const urgent = await cluster.slurm('sbatch', '--parsable', ...whole)
    expect((await cancelled)['gone']!.replace(/\d+_\d+ on n\d/, 'N')).toMatchInlineSnapshot(`
      "error: Slurm ended it: N, preempted

      hint: run the target again: it is submitted anew"
    `)
    await cluster.slurm('scancel', urgent)
    expect(await started).toEqual({ again: 'ok' })
    expect(rig.results.get('again')).toBe('attempt 1')
    expect(rig.lines.get('again')).toContainEqual(expect.stringContaining('after a loss or preemption: 1'))
  })

  test('a lost node costs only what ran on it, and what it wrote before is not believed', async ({ rig, expect }) => {
    const program = 'wait_for(os.path.join(out, "..", "go")) if attempt == 0 else None; give("attempt %d" % attempt)'
    const measured = rig.measure({ one: program, other: 'give("attempt %d" % attempt)' })
    const folder = await rig.taskFolder('one')
    await eventually(async () => (await exists(join(folder, 'started.0'))) && rig.results.has('other'))
    await mkdir(join(folder, 'results.0'))
    await writeFile(join(folder, 'results.0', 'result'), 'attempt 0')
    await cluster.loseNodeOf(await rig.idOf('one'))
    expect(await measured).toEqual({ one: 'ok', other: 'ok' })
    expect(Object.fromEntries(rig.results)).toEqual({ one: 'attempt 1', other: 'attempt 0' })
    expect(rig.lines.get('one')).toContainEqual(expect.stringContaining('started again after a loss or preemption: 1'))
  })

  test('a controller that is killed and started again costs nothing', async ({ rig, expect }) => {
    const go = join(rig.folder, 'go')
    const measured = rig.measure({ one: `wait_for(${JSON.stringify(go)}); give("attempt %d" % attempt)` })
    const folder = await rig.taskFolder('one')
    await eventually(() => exists(join(folder, 'started.0')))
    const started = await stat(join(folder, 'started.0'))
    const saved = join(cluster.configuration(), '../../controller/job_state') // before that, Slurm knows no more of the job
    await eventually(async () => (await exists(saved)) && (await stat(saved)).mtimeMs > started.mtimeMs)
    await cluster.killController()
    await eventually(async () => rig.lines.get('one')!.some((line) => line.includes('Slurm does not answer')))
    await cluster.startController()
    await writeFile(go, '')
    expect(await measured).toEqual({ one: 'ok' })
    expect(rig.results.get('one')).toBe('attempt 0')
  })
})

describe.skipIf(!hasSlurm)('a cluster that limits memory', () => {
  test('ends a task that takes more, which fails alone', async ({ rig, expect }) => {
    const limited = await createSlurmSandbox(1, 'limit-memory')
    const hungry = 'print("error: late", flush=True); taken = bytearray(300_000_000); wait_for("/nowhere")'
    onTestFinished(() => limited.remove())
    const ended = await rig.measure({ hungry, good: 'give("")' })
    expect(ended['good']).toBe('ok')
    expect(ended['hungry']!.replace(/\d+_\d+ on n\d/, 'N')).toMatchInlineSnapshot(`
      "error: Slurm ended it at its memory limit: N

      hint: raise \`memory\` in runner.yaml and run the target again"
    `)
  })
})
