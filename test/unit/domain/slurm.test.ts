import { describe, expect, test } from 'vitest'
import {
  hasEnded,
  parseQueue,
  parseSubmitted,
  queueArguments,
  sbatchArguments,
} from '../../../plugins/isobench/src/domain/slurm.ts'
import { parseSettings } from '../../../plugins/isobench/src/domain/settings.ts'
import { RunnerSettings } from '../../../plugins/isobench/src/schema/runner-settings.ts'

describe('arguments of sbatch', () => {
  test('are those of the settings, after what the tool needs', () => {
    const text = 'kind: slurm\ngres: gpu:h100:1\ntime: 90\nmemory: 500\nmax_parallel: 8\narguments: [--nodelist=n1]\n'
    const settings = parseSettings(RunnerSettings, text, 'runner.yaml')
    expect(sbatchArguments(settings, 'isobench-1', 60, '/shared/100%/a')).toEqual([
      '--parsable',
      '--job-name=isobench-1',
      '--array=0-59%8',
      '--nodes=1',
      '--ntasks=1',
      '--requeue',
      '--open-mode=append',
      '--chdir=/shared/100%/a',
      '--output=/shared/100%%/a/%a/log',
      '--gres=gpu:h100:1',
      '--mem=500',
      '--cpus-per-task=4',
      '--time=90',
      '--nodelist=n1',
    ])
  })

  test.each([
    ['--array=0-5', 'is set by isobench itself: --array'],
    ['--arr=0-5', 'is set by isobench itself: --array'],
    ['--mem=1G', 'has a key of its own: `memory`'],
    ['--export=NONE', 'is set by isobench itself: --export'],
    ['-p', 'must be a long option of sbatch such as `--nodelist=n1`'],
    ['script.sh', 'must be a long option of sbatch such as `--nodelist=n1`'],
    ['--comment=a\nb', 'must be a long option of sbatch such as `--nodelist=n1`'],
  ])('that would take over are refused: %s', (argument, message) => {
    const result = RunnerSettings.safeParse({ kind: 'slurm', arguments: [argument] })
    expect(result.error?.issues.map((issue) => issue.message)).toEqual([message])
  })

  test.each(['--exclusive', '--mem-bind=local', '--gres-flags=enforce-binding', '--time-min=10', '--nodefile=a'])(
    'that share a beginning with those are allowed: %s',
    (argument) => expect(RunnerSettings.safeParse({ kind: 'slurm', arguments: [argument] }).success).toBe(true),
  )
})

describe('the queue', () => {
  test('is read task by task; what Slurm says besides is none', () => {
    expect(queueArguments('--jobs=7').at(-1)).toBe(
      '--Format=ArrayJobID:|,ArrayTaskID:|,State:|,Reason:|,NodeList:|,RestartCnt:|',
    )
    const text = '7|3|RUNNING|None|n2|1|\n7|N/A|PENDING|Nodes required, and down||0|\n\nslurm_load: warning | x\n'
    expect(parseQueue(text)).toEqual([
      { job: '7', task: 3, state: 'RUNNING', reason: 'None', node: 'n2', restarts: 1 },
      { job: '7', task: null, state: 'PENDING', reason: 'Nodes required, and down', node: '', restarts: 0 },
    ])
  })

  test('has ended for a task in the states that have no way back, and in no other', () => {
    const states = ['COMPLETED', 'TIMEOUT', 'PENDING', 'COMPLETING', 'REQUEUE_HOLD', 'A_STATE_OF_TOMORROW']
    expect(states.filter((state) => hasEnded({ state }))).toEqual(['COMPLETED', 'TIMEOUT'])
  })

  test('knows the job by the number that sbatch prints, also of a federation', () => {
    expect(['41\n', '42;cluster\n', 'sbatch: lua: hello\n43\n', 'Submitted'].map(parseSubmitted)).toEqual([
      '41',
      '42',
      '43',
      null,
    ])
  })
})
