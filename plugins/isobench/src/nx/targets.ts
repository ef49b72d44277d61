import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { TargetConfiguration } from '@nx/devkit'

/** The five stages of a commit, and what each leaves in `out/`. Target = executor = stage file: one spelling. */
export const commitStages = {
  analyze: ['analysis.json'],
  'install-wheel': ['environment.json', 'pylock.base.toml', 'pylock.head.toml'],
  'generate-test': ['generation.json', 'efficiency_test.py'],
  'run-gpu': ['measurement.json', 'runs.jsonl'],
  assemble: ['record.json'],
} as const

export type CommitStage = keyof typeof commitStages

/** What the dataset's `assemble` leaves in `out/`. */
export const datasetOutputs = [
  'data',
  'samples',
  'attempts',
  'history',
  'views',
  'README.md',
  'manifest.json',
  'funnel.json',
  'ledger.json',
  'records.jsonl',
] as const

/** What the dataset's `report` leaves there: a folder of pages. */
export const reportOutputs = ['report'] as const

type Inputs = NonNullable<TargetConfiguration['inputs']>
type Names = readonly [string, ...string[]]

/** The package folder: where prompts, harness and stage versions lie. */
export const packageDirectory = join(import.meta.dirname, '../..')

const descriptions: Record<CommitStage, string> = {
  analyze: 'Reads what the commit changes',
  'install-wheel': 'Installs and verifies the wheels of base and head',
  'generate-test': 'Takes the reviewed efficiency test or has a model write one',
  'run-gpu': 'Measures base against head in interleaved fresh processes',
  assemble: 'Writes the one record of the commit',
}

/**
 * Makes the targets of the commits of a repository. They carry no options, because options of one target are in the
 * hash of every target: settings live in the files that a stage names as inputs. Why each input is hashed stands in
 * `docs/caching.md`. All commits of a repository share one list of inputs a stage: thousands of copies would be slow. For
 * the same reason nothing stands in them that the name of the target says: Nx keeps each entry, and where it comes from.
 * `dependsOn` is not shared: Nx 24.0.6 then forgets what all but one of the commits depend on (measured).
 */
export function commitTargets(
  workspaceRoot: string,
  repository: string,
): () => Record<CommitStage, TargetConfiguration> {
  const tool = toolFolder(workspaceRoot)
  const folder = `{workspaceRoot}/commits/${repository}`
  const inputs: Record<CommitStage, Inputs> = {
    analyze: [...commitFiles(folder)],
    'install-wheel': [...commitFiles(folder)],
    'generate-test': [
      '{projectRoot}/efficiency_test.py',
      `${folder}/repository.yaml`,
      `${folder}/generation.yaml`,
      `${folder}/prompts/**/*`,
      `${folder}/providers/*.yaml`,
      ...toolFiles(tool, 'prompts/**/*', 'providers/*.yaml', 'harness/footer.py'),
      ...upstream('analysis.json', 'environment.json'),
    ],
    'run-gpu': [
      `${folder}/measurement.yaml`,
      ...toolFiles(tool, 'harness/*.py'),
      ...upstream('analysis.json', 'environment.json', 'pylock.*.toml', 'efficiency_test.py'),
    ],
    assemble: [
      ...commitFiles(folder),
      `${folder}/measurement.yaml`,
      ...toolFiles(tool, 'harness/*.py'),
      ...upstream('analysis.json', 'environment.json', 'generation.json', 'efficiency_test.py'),
      ...upstream('measurement.json', 'runs.jsonl'),
    ],
  }
  const after: Record<CommitStage, readonly CommitStage[]> = {
    analyze: [],
    'install-wheel': [],
    'generate-test': ['analyze', 'install-wheel'],
    'run-gpu': ['generate-test'],
    assemble: ['run-gpu'],
  }
  const shared = (stage: CommitStage) => ({
    executor: `nx-isobench:${stage}`,
    cache: true,
    inputs: [...codeVersion(tool, stage), ...inputs[stage]],
    outputs: outputs([...commitStages[stage], `${stage}.log.jsonl`]),
    metadata: { description: descriptions[stage] },
  })
  const stages = (Object.keys(commitStages) as CommitStage[]).map((stage) => [stage, shared(stage)] as const)
  const target = ([stage, configuration]: (typeof stages)[number]) => [
    stage,
    { ...configuration, dependsOn: after[stage].map((earlier) => ({ target: earlier })) },
  ]
  return () => Object.fromEntries(stages.map(target)) as Record<CommitStage, TargetConfiguration>
}

/** The targets of a dataset. */
export function datasetTargets(workspaceRoot: string, project: string): Record<string, TargetConfiguration> {
  const tool = toolFolder(workspaceRoot)
  return {
    'batch-answers': {
      executor: 'nx-isobench:batch-answers',
      cache: false,
      dependsOn: [
        { target: 'analyze', dependencies: true },
        { target: 'install-wheel', dependencies: true },
      ],
      metadata: metadata(
        'Has all missing first answers of its commits written by batch jobs, at their lower price',
        `npx nx run ${project}:batch-answers`,
      ),
    },
    assemble: {
      executor: 'nx-isobench:assemble-dataset',
      cache: true,
      inputs: [
        ...codeVersion(tool, 'assemble-dataset'),
        '{projectRoot}/dataset.yaml',
        '{projectRoot}/README.md.eta',
        ...toolFiles(tool, 'templates/*'),
        { dependentTasksOutputFiles: '**/record.json' },
      ],
      outputs: outputs([...datasetOutputs, 'assemble-dataset.log.jsonl']),
      dependsOn: [{ target: 'assemble', dependencies: true }],
      metadata: metadata('Builds the dataset from the records of its commits', `npx nx run ${project}:assemble`),
    },
    report: {
      executor: 'nx-isobench:report',
      cache: true,
      inputs: [
        ...codeVersion(tool, 'report'),
        '{projectRoot}/dataset.yaml',
        '{projectRoot}/earlier.jsonl',
        ...toolFiles(tool, 'report/*'),
        ...upstream('record.json', 'analysis.json', 'measurement.json', 'runs.jsonl'),
      ],
      outputs: outputs([...reportOutputs, 'report.log.jsonl']),
      dependsOn: [{ target: 'assemble', dependencies: true }],
      metadata: metadata('Builds pages about the commits that open offline', `npx nx run ${project}:report`),
    },
    verify: {
      executor: 'nx-isobench:verify',
      cache: false,
      metadata: metadata('Checks the build, or the Hub, against the manifest', `npx nx run ${project}:verify`),
    },
    push: {
      executor: 'nx-isobench:push',
      cache: false,
      dependsOn: [{ target: 'assemble' }],
      metadata: metadata('Brings the Hub to the state of the build', `npx nx run ${project}:push --dryRun`),
    },
  }
}

function commitFiles(folder: string): Names {
  return ['{projectRoot}/commit.yaml', `${folder}/repository.yaml`]
}

/** Outputs of earlier stages by content: identical bytes stop the rerun. One pattern, for which Nx walks them once. */
function upstream(...names: Names): Inputs {
  return [{ dependentTasksOutputFiles: `**/${anyOf(names)}`, transitive: true }]
}

function anyOf(names: Names): string {
  return names.length === 1 ? names[0] : `{${names.join(',')}}`
}

function outputs(names: readonly string[]): string[] {
  return names.map((name) => `{projectRoot}/out/${name}`)
}

/**
 * The version of the stage's own code, in place of its source files: a comment must not measure everything again.
 * `npm run generate` raises it when the sources of the stage change. An empty `externalDependencies` keeps the
 * lockfile out of the hash: what may change a result is in the stage's version.
 */
function codeVersion(tool: string, stage: string): Inputs {
  const version = isInstalled(tool)
    ? { runtime: `node -p "require('./${tool}/stages.json')['${stage}'].version"` }
    : { json: `{workspaceRoot}/${tool}/stages.json`, fields: [`${stage}.version`] }
  return [{ externalDependencies: [] }, version]
}

/** Files of this package as inputs. Nx sees no file below `node_modules` (measured), so there the version alone speaks. */
function toolFiles(tool: string, ...patterns: Names): Inputs {
  return isInstalled(tool) ? [] : patterns.map((pattern) => `{workspaceRoot}/${tool}/${pattern}`)
}

/** The package folder, relative to the workspace. */
function toolFolder(workspaceRoot: string): string {
  const installed = 'node_modules/nx-isobench'
  const inside = relative(workspaceRoot, packageDirectory).replaceAll('\\', '/')
  return inside.startsWith('..') && existsSync(join(workspaceRoot, installed)) ? installed : inside
}

function isInstalled(tool: string): boolean {
  return tool.split('/').includes('node_modules')
}

function metadata(description: string, command: string): NonNullable<TargetConfiguration['metadata']> {
  return { description, help: { command, example: {} } }
}
