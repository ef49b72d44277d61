import { dirname, join } from 'node:path'
import type { ExecutorContext, Tree } from '@nx/devkit'
import { readTextIfPresent, sha256, writeAtomically } from '../../adapters/files.ts'
import { createLocalRunner } from '../../adapters/runner.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { type Compared, type ComparedCommit, compared, comparisonTable } from '../../domain/comparison.ts'
import { decide, isFinished } from '../../domain/decision.ts'
import { createPlan, plannedFunctions } from '../../domain/plan.ts'
import { parseRuns } from '../../domain/runs.ts'
import { IsobenchError } from '../../errors.ts'
import { Analysis } from '../../schema/analysis.ts'
import { Environment } from '../../schema/environment.ts'
import { MeasurementSettings } from '../../schema/measurement-settings.ts'
import { StageContext } from '../context.ts'
import { commitOf } from '../create-nodes.ts'
import { providerOf } from '../language-model.ts'
import { generate, generationSettings } from '../stages/generate-test.ts'
import { type Log, generator } from './generator.ts'

export interface ComparePromptsOptions {
  readonly repository: string
  /** The settings to compare with generation.yaml, a file like it */
  readonly against: string
}

/**
 * Has the tests of all commits of a repository written by two settings, and says side by side what came out. Answers and
 * trials that are stored are used; nothing is measured, and what was measured of these very tests is read.
 */
export async function comparePrompts(tree: Tree, options: ComparePromptsOptions, log: Log): Promise<void> {
  const files = [`commits/${options.repository}/generation.yaml`, options.against]
  const missing = files.find((file) => !tree.exists(file))
  if (missing !== undefined) throw new IsobenchError('bad-input', `no such file: ${missing}`)
  const contexts = contextsOf(tree, options.repository, log)
  const sides: Compared[] = []
  const report: unknown[] = []
  for (const file of files) {
    const commits: ComparedCommit[] = []
    let verify: 'static' | 'trial' = 'trial'
    for (const context of contexts) {
      const made = await compareOne(context, file)
      if (made === undefined) continue
      verify = made.verify
      commits.push(made.commit)
      report.push({ settings: file, instance_id: context.projectName, generation: made.commit.generation })
    }
    if (commits.length === 0) {
      throw new IsobenchError('bad-input', `no commit of ${options.repository} was analysed and installed`, {
        hint: `npx nx run-many -t install-wheel analyze -p tag:repository:${options.repository}`,
      })
    }
    sides.push(compared(commits, verify))
  }
  const text = canonicalJson({ settings: files, sides, commits: report })
  const name = sha256(text).slice(0, 16)
  const output = join(contexts[0]!.storeDirectory, 'comparisons', `${name}.json`)
  await writeAtomically(output, text)
  log(`${comparisonTable(files, sides)}\n\nevery attempt: ${output}`)
}

export const compare = generator(comparePrompts)

/** The commits as their folders tell them: a generator sees no project that a plugin infers. */
function contextsOf(tree: Tree, repository: string, log: Log): StageContext[] {
  const commits = tree
    .children(`commits/${repository}`)
    .map((folder) => `commits/${repository}/${folder}/commit.yaml`)
    .filter((file) => tree.exists(file))
    .map(commitOf)
  const projects = Object.fromEntries(commits.map(({ name, file }) => [name, { root: dirname(file) }]))
  const nx = { root: tree.root, projectsConfigurations: { version: 2, projects } } as unknown as ExecutorContext
  return commits.map(({ name }) => new StageContext(nx, name, 'compare-prompts', log))
}

/** What these settings give for one commit; undefined for one that cannot have a test. */
async function compareOne(
  context: StageContext,
  file: string,
): Promise<{ commit: ComparedCommit; verify: 'static' | 'trial' } | undefined> {
  const present = await Promise.all([context.output('analysis.json'), context.output('environment.json')])
  if (present.includes(null)) return undefined
  const analysis = (await context.artifact(Analysis, 'analysis.json')).value
  const environment = (await context.artifact(Environment, 'environment.json')).value
  if (analysis.outcome.status !== 'ok' || environment.outcome.status !== 'ok') return undefined
  const settings = await generationSettings(context, file)
  const provider = await providerOf(context, settings, file)
  const { generation, test } = await generate(context, { settings, provider })
  const isWatched = plannedFunctions(analysis.functions).length > 0
  const intervalWidth = test === null ? null : await measuredWidth(context, analysis, environment, test)
  return { commit: { generation, isWatched, intervalWidth }, verify: settings.verify }
}

/** The width of the interval, where this very test was measured here by the present settings. */
async function measuredWidth(context: StageContext, analysis: Analysis, environment: Environment, test: string) {
  const file = `${context.repositoryFolder}/measurement.yaml`
  const settings = (await context.settings(MeasurementSettings, file)) ?? MeasurementSettings.parse({})
  const plan = createPlan({
    instanceId: context.projectName,
    test,
    harnessSha256: await createLocalRunner(context.storeDirectory).harnessSha256(),
    base: environment.base!,
    head: environment.head!,
    functions: analysis.functions,
    settings,
  })
  const bundle = sha256(canonicalJson(plan))
  const text = await readTextIfPresent(join(context.storeDirectory, 'bundles', bundle, 'out/runs.jsonl'))
  const runs = text?.endsWith('\n') === true ? parseRuns(text) : []
  if (!isFinished(plan, runs)) return null
  const { ci95 } = decide(plan, runs)
  return ci95 === null ? null : ci95[1] - ci95[0]
}
