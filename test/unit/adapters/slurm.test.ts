import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type SlurmSandbox, createSlurmSandbox, hasSlurm } from '../../support/slurm-sandbox.ts'
import { type SlurmRig, createSlurmRig, eventually } from '../../support/slurm-tasks.ts'

let cluster: SlurmSandbox
let rig: SlurmRig

beforeAll(async () => {
  if (hasSlurm) cluster = await createSlurmSandbox()
})
beforeEach(async () => {
  rig = await createSlurmRig()
})
afterEach(() => rig.remove())
afterAll(() => cluster?.remove())

describe.skipIf(!hasSlurm)('a cluster', () => {
  test('runs all tasks of a call as one array, and gives back what each wrote', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `task${index}`)
    const program = 'print("one line of", os.environ["SLURM_ARRAY_JOB_ID"], flush=True); give("from " + out)'
    const ended = await rig.measure(Object.fromEntries(names.map((name) => [name, program])))
    expect(Object.values(ended)).toEqual(names.map(() => 'ok'))
    expect([...rig.results.keys()].toSorted()).toEqual(names)
    const jobs = names.map((name) => rig.lines.get(name)!.find((line) => line.startsWith('one line of')))
    expect(new Set(jobs).size).toBe(1)
    expect(new Set(rig.results.values()).size).toBe(8)
    expect(await rig.left()).toEqual([])
  })

  test('gives a task one GPU of its node, a limit at a time, and what `setup` says', async () => {
    const program = 'give("%s %s" % (os.environ["CUDA_VISIBLE_DEVICES"], os.environ["FROM_SETUP"]))'
    const settings = { gres: 'gpu:h100:1', max_parallel: 1, setup: 'export FROM_SETUP="a module"' }
    expect(await rig.measure({ one: program, other: program }, settings)).toEqual({ one: 'ok', other: 'ok' })
    expect([...rig.results.values()]).toEqual(['0 a module', '0 a module'])
  })

  test('a secret of the environment is not passed to the nodes', async () => {
    process.env['OPENAI_API_KEY'] = 'sk-secret'
    await rig.measure({ one: 'give(" ".join(sorted(os.environ)))' })
    delete process.env['OPENAI_API_KEY']
    expect(rig.results.get('one')).toContain('SLURM_JOB_ID')
    expect(rig.results.get('one')).not.toContain('OPENAI_API_KEY')
  })

  test('a task that fails, refuses or gives nothing back fails alone, and says why', async () => {
    const ended = await rig.measure({
      good: 'give("good")',
      refused: 'sys.exit("error: the wheels need Python 3.12, this is 3.9")',
      partly: 'give("one of two"); sys.exit(3)',
      empty: 'pass',
    })
    const [good, refused, partly, empty] = [ended['good'], ended['refused'], ended['partly'], ended['empty']]
    expect([good, partly]).toEqual(['ok', 'ok'])
    expect(refused!.replace(/\d+_\d+ on n\d/, 'N')).toMatchInlineSnapshot(`
      "error: the node refused to measure: N: the wheels need Python 3.12, this is 3.9

      hint: mend what the message names, by \`setup\` in runner.yaml for instance, and run the target again"
    `)
    expect(empty).toContain('ENOENT')
    expect(await rig.left()).toEqual([])
  })

  test('what Slurm refuses is an error for all of them, in the words of Slurm', async () => {
    const ended = await rig.measure({ one: 'give("")', other: 'give("")' }, { partition: 'nope' })
    expect(ended['one']).toBe(ended['other'])
    expect(ended['one']).toMatchInlineSnapshot(`
      "error: Slurm refused the array: Batch job submission failed: Invalid partition name specified

      hint: edit runner.yaml; \`sinfo\` and \`scontrol show partition\` say what the cluster has"
    `)
    expect(await rig.left()).toEqual([])
    const tooMany = await rig.measure({ one: 'give("")' }, { gres: 'gpu:9' })
    expect(tooMany['one']).toMatchInlineSnapshot(`
      "error: it could not begin on the node: 16_0

      hint: the nodes must have this folder at the same path, with bash, flock and python3 on the PATH: /tmp/isobench %slurm's-gMpHCp/isobench-a27469615f68a8fc/0"
    `)
  })

  test('a machine without Slurm is told so', async () => {
    const before = process.env['PATH']
    process.env['PATH'] = join(rig.folder, 'nothing')
    const ended = rig.measure({ one: 'give("")' })
    await ended.finally(() => (process.env['PATH'] = before))
    expect((await ended)['one']).toContain('no such program')
  })
})

describe.skipIf(!hasSlurm)('faults of the cluster', () => {
  test('a task that is cancelled or at its time limit fails alone', async () => {
    const hold = `wait_for(${JSON.stringify(join(rig.folder, 'go'))}); give("")`
    const measured = rig.measure({ cancelled: hold, late: hold, good: 'give("")' })
    await cluster.slurm('scancel', await rig.idOf('cancelled'))
    const late = await rig.idOf('late')
    await eventually(async () => (await cluster.slurm('squeue', '-h', '-j', late, '-o', '%T')) === 'RUNNING')
    await cluster.slurm('scontrol', 'update', `JobId=${late}`, 'EndTime=now')
    const ended = await measured
    expect(ended['good']).toBe('ok')
    expect(ended['cancelled']!.replace(/\d+_\d+( on n\d)?/, 'N')).toMatchInlineSnapshot(`
      "error: it was cancelled in Slurm: N

      hint: run the target again: it is submitted anew"
    `)
    expect(ended['late']!.replace(/\d+_\d+ on n\d/, 'N')).toMatchInlineSnapshot(`
      "error: Slurm ended it at its time limit: N

      hint: raise \`time\` in runner.yaml and run the target again"
    `)
    expect(await rig.left()).toEqual([])
  })

  test('a lost node costs only what ran on it, and what it wrote before is not believed', async () => {
    const program = 'wait_for(os.path.join(out, "..", "go")) if attempt == 0 else None; give("attempt %d" % attempt)'
    const measured = rig.measure({ one: program, other: 'give("attempt %d" % attempt)' })
    const folder = await rig.taskFolder('one')
    await eventually(() => access(join(folder, 'started.0')).then(() => true, () => undefined))
    await mkdir(join(folder, 'results.0'))
    await writeFile(join(folder, 'results.0', 'result'), 'attempt 0')
    const node = await cluster.slurm('squeue', '-h', '-j', await rig.idOf('one'), '-o', '%N')
    await cluster.lose(node)
    expect(await measured).toEqual({ one: 'ok', other: 'ok' })
    expect(Object.fromEntries(rig.results)).toEqual({ one: 'attempt 1', other: 'attempt 0' })
    expect(rig.lines.get('one')).toContainEqual(expect.stringContaining('started again after a loss or preemption: 1'))
  })

  test('a controller that is killed and started again costs nothing', async () => {
    const go = join(rig.folder, 'go')
    const measured = rig.measure({ one: `wait_for(${JSON.stringify(go)}); give("attempt %d" % attempt)` })
    const folder = await rig.taskFolder('one')
    await eventually(() => access(join(folder, 'started.0')).then(() => true, () => undefined))
    await cluster.killController()
    await eventually(async () => rig.lines.get('one')!.some((line) => line.includes('Slurm does not answer')))
    await cluster.startController()
    await writeFile(go, '')
    expect(await measured).toEqual({ one: 'ok' })
    expect(rig.results.get('one')).toBe('attempt 0')
  })

  test('a job that Slurm has forgotten counts by what its last attempt left', async () => {
    const array = join(rig.folder, 'isobench-0000000000000000')
    const { sha256 } = await import('../../../plugins/isobench/src/domain/digest.ts')
    const plans = ['whole', 'cut off', 'never'].map(sha256)
    for (const index of [0, 1, 2]) await mkdir(join(array, String(index)), { recursive: true })
    for (const name of ['0/results.0', '1/results.0']) await mkdir(join(array, name))
    for (const name of ['0/started.0', '0/results.0/result', '1/started.0', '1/started.1', '1/results.0/result'])
      await writeFile(join(array, name), 'kept')
    await writeFile(join(array, 'submission.json'), JSON.stringify({ schema_version: 1, name: 'x', job: '999', plans }))
    const ended = await rig.measure({ whole: '', 'cut off': '', never: '' })
    expect(ended['whole']).toBe('ok')
    expect(rig.results.get('whole')).toBe('kept')
    expect(ended['cut off']).toMatchInlineSnapshot(`
      "error: Slurm knows nothing of it any more, and it left no results: 999_1

      hint: run the target again: it is submitted anew"
    `)
    expect(ended['never']).toContain('Slurm knows nothing of it any more')
    expect(await rig.left()).toEqual([])
  })
})

void readFile
