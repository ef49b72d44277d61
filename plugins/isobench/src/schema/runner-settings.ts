import { z } from 'zod'

/** What goes to `sbatch` as the value of one option. */
const Value = z.string().regex(/^[^\s\0]+$/, 'must be text without spaces')

/** Options of sbatch that the tool sets itself, or that have a key of their own. */
const owned: Readonly<Record<string, string | null>> = {
  account: 'account',
  array: null,
  chdir: null,
  clusters: null,
  constraint: 'constraint',
  'cpus-per-task': 'cpus',
  error: null,
  export: null,
  'export-file': null,
  'get-user-env': null,
  gres: 'gres',
  input: null,
  'job-name': null,
  mem: 'memory',
  'no-requeue': null,
  nodes: null,
  ntasks: null,
  'open-mode': null,
  output: null,
  parsable: null,
  partition: 'partition',
  qos: 'qos',
  requeue: null,
  'test-only': null,
  time: 'time',
  wait: null,
  wrap: null,
}

/** One more option of sbatch. sbatch takes every beginning of a long option for the whole, so those are compared. */
const SbatchArgument = z
  .string()
  .regex(/^--[a-z][a-z0-9-]*(=[^\0\n]*)?$/, {
    error: 'must be a long option of sbatch such as `--nodelist=n1`',
    abort: true,
  })
  .superRefine((argument, context) => {
    const name = argument.slice(2).split('=')[0]!
    const option = Object.keys(owned).find((each) => each.startsWith(name))
    if (option === undefined) return
    const key = owned[option]
    const message = key === null ? `is set by isobench itself: --${option}` : `has a key of its own: \`${key}\``
    context.addIssue({ code: 'custom', message })
  })

/** What one task of a cluster gets, and who pays for it. @param of what a task does, in words */
function resources(of: string, cpus: number, memory: string) {
  return {
    partition: Value.optional().describe('Default: that of the cluster'),
    gres: Value.optional(),
    constraint: Value.optional().describe('Features of the node, e.g. `h100`'),
    cpus: z.int().min(1).default(cpus).describe(`Processors of one ${of}`),
    memory: z
      .string()
      .regex(/^[1-9]\d*[KMGT]?$/, 'must be a size such as `16G`; without a letter it is MiB')
      .default(memory)
      .describe(`Memory of one ${of}`),
    time: z
      .string()
      .regex(/^(\d+-)?\d+(:\d\d){0,2}$/, 'must be a time such as `90` (minutes), `1:30:00` or `1-12`')
      .optional(),
    account: Value.optional().describe('Whom the time is charged to'),
    qos: Value.optional().describe('Quality of service'),
    arguments: z.array(SbatchArgument).default([]).describe('Further long options of sbatch, e.g. `--exclusive`'),
    setup: z
      .string()
      .max(10_000)
      .optional()
      .describe('Lines of bash that run first on the node, e.g. `module load python/3.11`'),
    max_parallel: z.int().min(1).optional().describe(`So many ${of}s of an array at a time; default: no limit`),
  }
}

const forBuilds = resources('build', 8, '32G')

/** The builds of `install-wheel` on a cluster. */
export const BuildSettings = z.strictObject({
  ...forBuilds,
  gres: forBuilds.gres.describe('Devices of one build, for a partition that takes no job without'),
  time: forBuilds.time.describe('Limit of one build; default: that of the partition'),
})
export type BuildSettings = z.infer<typeof BuildSettings>

const forMeasurements = resources('measurement', 4, '16G')

/**
 * `commits/<repository>/runner.yaml`: where `run-gpu` measures and `install-wheel` builds. No stage has it as an input,
 * because it says where a result is made and never what it is: another partition measures nothing again.
 */
export const RunnerSettings = z
  .strictObject({
    kind: z
      .enum(['local', 'slurm'])
      .describe('`local`: this machine, and the other keys wait; `slurm`: the nodes of a cluster'),
    ...forMeasurements,
    gres: forMeasurements.gres.describe('Devices of one measurement, e.g. `gpu:h100:1`; one GPU is all it can use'),
    time: forMeasurements.time.describe(
      'Limit of one commit, with its environments and controls; default: that of the partition',
    ),
    folder: z
      .string()
      .regex(/^\/[^\0\n]*$/, 'must be an absolute path')
      .optional()
      .describe('Folder that this machine and the nodes share, at the same path; default: `slurm` in the store'),
    poll_seconds: z.number().min(0.2).max(600).default(5).describe('How often the queue is asked'),
    build: BuildSettings.optional().describe(
      'What a build from source gets, which inherits none of the keys above; default: `install-wheel` builds on this machine',
    ),
  })
  .meta({ id: 'runner-settings', title: 'runner.yaml' })
export type RunnerSettings = z.infer<typeof RunnerSettings>

/** What an array is submitted with. */
export type ArraySettings = Omit<RunnerSettings, 'kind' | 'folder' | 'poll_seconds' | 'build'>
