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
 * The targets of a commit. They carry no options, because options of one target are in the hash of every target:
 * settings live in the files that a stage names as inputs. Why each input is hashed stands in `docs/caching.md`.
 */
export function commitTargets(
  workspaceRoot: string,
  repository: string,
  project: string,
): Record<CommitStage, TargetConfiguration> {
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
      ...packageFiles(workspaceRoot, 'prompts/**/*', 'providers/*.yaml', 'harness/footer.py'),
      ...upstream('analysis.json', 'environment.json'),
    ],
    'run-gpu': [
      `${folder}/measurement.yaml`,
      ...packageFiles(workspaceRoot, 'harness/*.py'),
      ...upstream('analysis.json', 'environment.json', 'pylock.*.toml', 'efficiency_test.py'),
    ],
    assemble: [
      ...commitFiles(folder),
      ...upstream('analysis.json', 'environment.json', 'generation.json', 'efficiency_test.py', 'measurement.json'),
    ],
  }
  const after: Record<CommitStage, readonly CommitStage[]> = {
    analyze: [],
    'install-wheel': [],
    'generate-test': ['analyze', 'install-wheel'],
    'run-gpu': ['generate-test'],
    assemble: ['run-gpu'],
  }
  const target = (stage: CommitStage): TargetConfiguration => ({
    executor: `nx-isobench:${stage}`,
    cache: true,
    inputs: [...codeVersion(workspaceRoot, stage), ...inputs[stage]],
    outputs: outputs([...commitStages[stage], `${stage}.log.jsonl`]),
    dependsOn: after[stage].map((earlier) => ({ target: earlier })),
    metadata: metadata(descriptions[stage], `npx nx run ${project}:${stage}`),
  })
  return {
    analyze: target('analyze'),
    'install-wheel': target('install-wheel'),
    'generate-test': target('generate-test'),
    'run-gpu': target('run-gpu'),
    assemble: target('assemble'),
  }
}

/** The targets of a dataset. */
export function datasetTargets(workspaceRoot: string, project: string): Record<string, TargetConfiguration> {
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
        ...codeVersion(workspaceRoot, 'assemble-dataset'),
        '{projectRoot}/dataset.yaml',
        '{projectRoot}/README.md.eta',
        ...packageFiles(workspaceRoot, 'templates/*'),
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
        ...codeVersion(workspaceRoot, 'report'),
        '{projectRoot}/dataset.yaml',
        '{projectRoot}/earlier.jsonl',
        ...packageFiles(workspaceRoot, 'report/*'),
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
function codeVersion(workspaceRoot: string, stage: string): Inputs {
  const version = isInstalled(workspaceRoot)
    ? { runtime: `node -p "require('./${packageFolder(workspaceRoot)}/stages.json')['${stage}'].version"` }
    : { json: inWorkspace(workspaceRoot, 'stages.json'), fields: [`${stage}.version`] }
  return [{ externalDependencies: [] }, version]
}

/** Files of this package as inputs. Nx sees no file below `node_modules` (measured), so there the version alone speaks. */
function packageFiles(workspaceRoot: string, ...patterns: Names): Inputs {
  return isInstalled(workspaceRoot) ? [] : patterns.map((pattern) => inWorkspace(workspaceRoot, pattern))
}

function inWorkspace(workspaceRoot: string, path: string): string {
  return `{workspaceRoot}/${packageFolder(workspaceRoot)}/${path}`
}

function packageFolder(workspaceRoot: string): string {
  const installed = 'node_modules/nx-isobench'
  const inside = relative(workspaceRoot, packageDirectory).replaceAll('\\', '/')
  return inside.startsWith('..') && existsSync(join(workspaceRoot, installed)) ? installed : inside
}

function isInstalled(workspaceRoot: string): boolean {
  return packageFolder(workspaceRoot).split('/').includes('node_modules')
}

function metadata(description: string, command: string): NonNullable<TargetConfiguration['metadata']> {
  return { description, help: { command, example: {} } }
}
