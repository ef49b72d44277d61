import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { holdingLock } from '../../../plugins/isobench/src/adapters/kernel-lock.ts'
import { chooseInterpreter } from '../../../plugins/isobench/src/adapters/python.ts'
import { sha256 } from '../../../plugins/isobench/src/domain/digest.ts'
import { hasSlurm } from '../../support/slurm-sandbox.ts'
import { type SlurmRig, createSlurmRig, eventually, startSlurmProcess } from '../../support/slurm-tasks.ts'
import { clusterOfTests, test } from '../../support/slurm-test.ts'

const cluster = clusterOfTests()

describe.skipIf(!hasSlurm)('a cluster', () => {
  test('runs all tasks of a call as one array, and gives back what each wrote', async ({ rig, expect }) => {
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

  test('gives a task one GPU of its node, a limit at a time, and what `setup` says', async ({ rig, expect }) => {
    const program = 'give("%s %s" % (os.environ["CUDA_VISIBLE_DEVICES"], os.environ["FROM_SETUP"]))'
    const settings = { gres: 'gpu:h100:1', max_parallel: 1, setup: 'export FROM_SETUP="a module"' }
    expect(await rig.measure({ one: program, other: program }, settings)).toEqual({ one: 'ok', other: 'ok' })
    expect([...rig.results.values()]).toEqual(['0 a module', '0 a module'])
  })

  test('what a killed task left on its node goes, what is in use stays', async ({ rig, expect }) => {
    const temporary = await mkdtemp(join(tmpdir(), 'isobench-node-'))
    const root = join(temporary, `isobench-slurm-${process.getuid!()}`)
    await mkdir(root, { mode: 0o700 })
    const nobody = 99_999_999 // more than Linux gives to a process
    const names = [`1.1.${nobody}`, `2.2.${nobody}`, `3.3.${process.pid}`]
    for (const name of names) await mkdir(join(root, name, 'results'), { recursive: true })
    const { path } = await chooseInterpreter(['>=3.8'])
    await holdingLock(join(root, names[1]!, 'lock'), path, async () => {
      const ended = await rig.measure({ one: 'give("")' }, { setup: `export TMPDIR=${temporary}` })
      expect(ended).toEqual({ one: 'ok' })
    })
    expect((await readdir(root)).toSorted()).toEqual([names[1], names[2], 'lock'])
    await rm(temporary, { recursive: true })
  })

  test('a secret of the environment is not passed to the nodes', async ({ rig, expect }) => {
    process.env['OPENAI_API_KEY'] = 'sk-secret'
    await rig.measure({ one: 'give(" ".join(sorted(os.environ)))' })
    delete process.env['OPENAI_API_KEY']
    expect(rig.results.get('one')).toContain('SLURM_JOB_ID')
    expect(rig.results.get('one')).not.toContain('OPENAI_API_KEY')
  })

  test('a task that fails, refuses or gives nothing back fails alone, and says why', async ({ rig, expect }) => {
    const ended = await rig.measure({
      good: 'give("good")',
      refused: 'sys.exit("error: the wheels need Python 3.12, this is 3.9")',
      partly: 'give("one of two"); sys.exit(3)',
      empty: 'pass',
    })
    const [good, refused, partly, empty] = [ended['good'], ended['refused'], ended['partly'], ended['empty']]
    expect([good, partly]).toEqual(['ok', 'ok'])
    expect(refused!.replace(/\d+_\d+ on n\d/, 'N')).toMatchInlineSnapshot(`
      "error: the node refused: N: the wheels need Python 3.12, this is 3.9

      hint: mend what the message names, by \`setup\` in runner.yaml for instance, and run the target again"
    `)
    expect(empty).toContain('ENOENT')
    expect(await rig.left()).toEqual([])
  })

  test('what Slurm refuses is an error for all of them, in the words of Slurm', async ({ rig, expect }) => {
    const ended = await rig.measure({ one: 'give("")', other: 'give("")' }, { partition: 'nope' })
    expect(ended['one']).toBe(ended['other'])
    expect(ended['one']).toMatchInlineSnapshot(`
      "error: Slurm refused the array: invalid partition specified: nope

      hint: edit runner.yaml; \`sinfo\` and \`scontrol show partition\` say what the cluster has"
    `)
    expect(await rig.left()).toEqual([])
    const tooMany = await rig.measure({ one: 'give("")' }, { gres: 'gpu:9' })
    expect(tooMany['one']).toMatchInlineSnapshot(`
      "error: Slurm refused the array: Requested node configuration is not available

      hint: edit runner.yaml; \`sinfo\` and \`scontrol show partition\` say what the cluster has"
    `)
  })

  test('a machine without Slurm is told so', async ({ rig, expect }) => {
    const before = process.env['PATH']
    const { path } = await chooseInterpreter(['>=3.8'])
    await mkdir(join(rig.folder, 'bin'))
    await symlink(path, join(rig.folder, 'bin', 'python3'))
    process.env['PATH'] = join(rig.folder, 'bin')
    const ended = rig.measure({ one: 'give("")' })
    await ended.finally(() => (process.env['PATH'] = before))
    expect((await ended)['one']).toMatchInlineSnapshot(`
      "error: no such program: sbatch

      hint: start this on a machine that can submit to Slurm, or set \`kind: local\` in runner.yaml"
    `)
  })
})

describe.skipIf(!hasSlurm).concurrent('what has been submitted', () => {
  test('a task that is cancelled, waiting or running, or at its time limit fails alone', async ({ rig, expect }) => {
    const hold = `wait_for(${JSON.stringify(join(rig.folder, 'go'))}); give("")`
    const measured = rig.measure({ cancelled: hold, late: hold, good: 'give("")' })
    const waiting = rig.measure({ waiting: hold }, { arguments: ['--begin=now+1hour'] })
    const late = await rig.idOf('late')
    const cancelled = await rig.idOf('cancelled')
    for (const each of [late, cancelled]) await cluster.isRunning(each)
    for (const each of [cancelled, await rig.idOf('waiting')]) await cluster.slurm('scancel', each)
    await cluster.slurm('scontrol', 'update', `JobId=${late}`, 'EndTime=now+2')
    const ended = { ...(await measured), ...(await waiting) }
    expect(ended['good']).toBe('ok')
    expect(ended['waiting']).toContain('error: it ')
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

  test('a job that Slurm has forgotten counts by what its last attempt left', async ({ rig, expect }) => {
    const array = join(rig.folder, 'isobench-0000000000000000')
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
    expect(ended['never']).toContain('it is gone from Slurm before it began, as after `scancel`: 999_2')
    expect(await rig.left()).toEqual([])
  })

  test('outlives a process that is killed: the next one waits for the same job', async ({ rig, expect }) => {
    const first = startSlurmProcess(rig.folder, { one: held(rig), other: held(rig) })
    const job = (await rig.idOf('other')).split('_')[0]!
    first.kill('SIGKILL')
    await first
    const again = rig.measure({ one: held(rig), other: held(rig), third: 'give("new")' })
    const isSubmitted = async () => rig.lines.get('third')?.some((line) => line.startsWith('submitted to Slurm'))
    await Promise.race([again, eventually(isSubmitted)])
    await writeFile(goOf(rig), '')
    expect(await again).toEqual({ one: 'ok', other: 'ok', third: 'ok' })
    expect(rig.lines.get('one')![0]).toBe(`waiting for task 0 of the Slurm job ${job}, submitted before`)
    expect(rig.lines.get('third')!.filter((line) => line.startsWith('submitted'))).toHaveLength(1)
    expect(rig.results.get('one')).toBe('attempt 0')
    expect(await rig.left()).toEqual([])
  })

  test('is found when the process was killed before it had written down its number', async ({ rig, expect }) => {
    const first = startSlurmProcess(rig.folder, { one: held(rig) })
    const job = (await rig.idOf('one')).split('_')[0]!
    first.kill('SIGKILL')
    await first
    const record = join(await rig.taskFolder('one'), '../submission.json')
    await writeFile(record, JSON.stringify({ ...JSON.parse(await readFile(record, 'utf8')), job: null }))
    await mkdir(join(rig.folder, 'isobench-half-made', '0'), { recursive: true })
    await writeFile(goOf(rig), '')
    expect(await rig.measure({ one: held(rig) })).toEqual({ one: 'ok' })
    expect(rig.lines.get('one')![0]).toBe(`waiting for task 0 of the Slurm job ${job}, submitted before`)
    expect(await rig.left()).toEqual([])
  })

  test('is named by a process that is asked to end', async ({ rig, expect }) => {
    const first = startSlurmProcess(rig.folder, { one: held(rig) })
    const job = (await rig.idOf('one')).split('_')[0]!
    await cluster.isRunning(job)
    first.kill('SIGINT')
    const { stderr, signal } = await first
    expect(signal).toBe('SIGINT')
    expect(stderr.replaceAll(job, 'N').trim()).toMatchInlineSnapshot(`
      "Slurm job N, tasks: 1. It goes on when this is stopped; to end it: scancel N

      note: 1 tasks go on in Slurm: N

      hint: run the target again to wait for their results, or end them: scancel N"
    `)
    await cluster.slurm('scancel', job)
  })

  test('is shared by two processes that wait for it at the same time', async ({ rig, expect }) => {
    const other = await createSlurmRig(rig.folder)
    const both = [rig.measure({ one: held(rig) }), other.measure({ one: held(rig) })]
    await eventually(async () => [rig, other].every(({ lines }) => lines.get('one')!.length > 1))
    await writeFile(goOf(rig), '')
    expect(await Promise.all(both)).toEqual([{ one: 'ok' }, { one: 'ok' }])
    expect(rig.results.size + other.results.size).toBe(1)
  })
})

/** A task that waits until a file is there. */
function held(rig: SlurmRig): string {
  return `wait_for(${JSON.stringify(goOf(rig))}); give("attempt %d" % attempt)`
}

function goOf(rig: SlurmRig): string {
  return join(rig.folder, 'go')
}
