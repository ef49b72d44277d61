import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonSyntax } from '../../adapters/python-syntax.ts'
import { installedSignatures } from '../../adapters/installed-signatures.ts'
import { devices } from '../../adapters/machine.ts'
import { createLocalRunner } from '../../adapters/runner.ts'
import { typeChecker } from '../../adapters/type-checker.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { createPlan } from '../../domain/plan.ts'
import type { PromptTemplates } from '../../domain/prompt.ts'
import { readPromptFiles } from '../../domain/prompt-files.ts'
import { IsobenchError } from '../../errors.ts'
import { Analysis } from '../../schema/analysis.ts'
import { Environment } from '../../schema/environment.ts'
import type { Generation } from '../../schema/generation.ts'
import { GenerationSettings } from '../../schema/generation-settings.ts'
import { MeasurementSettings } from '../../schema/measurement-settings.ts'
import type { Run } from '../../schema/run-bundle.ts'
import { type GenerateTestInput, generateTest } from '../../stages/generate-test.ts'
import { worksAtOnce } from '../at-once.ts'
import type { StageContext } from '../context.ts'
import { interpretersOf, measuringInterpreters } from '../interpreters.ts'
import { languageModel, providerOf } from '../language-model.ts'
import type { Outputs } from '../outputs.ts'
import { rememberedTrial } from '../remembered-trial.ts'
import { packageDirectory } from '../targets.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const file = `${context.projectRoot}/efficiency_test.py`
  const [settings, reviewed] = await Promise.all([generationSettings(context), context.text(file)])
  const { generation, test } = await generate(context, {
    settings,
    provider: await providerOf(context, settings),
    ...(reviewed === null ? {} : { reviewedTest: { text: reviewed, file } }),
  })
  return { 'generation.json': canonicalJson(generation), 'efficiency_test.py': test }
}

/** Gives the test of a commit by these settings, with everything that this workspace has for it. */
export async function generate(
  context: StageContext,
  { settings, provider, reviewedTest }: Pick<GenerateTestInput, 'settings' | 'provider' | 'reviewedTest'>,
): Promise<{ generation: Generation; test: string | null }> {
  const [repository, analysis, environment, footer, prompt] = await Promise.all([
    context.repository(),
    context.artifact(Analysis, 'analysis.json'),
    context.artifact(Environment, 'environment.json'),
    readFile(join(packageDirectory, 'harness/footer.py'), 'utf8'),
    promptTemplates(context, settings),
  ])
  const found = { analysis: analysis.value, environment: environment.value }
  const interpreters = interpretersOf(context, environment.value)
  const types = typeChecker(interpreters, repository.settings.package.import)
  return generateTest(
    { repository, ...found, settings, provider, prompt, reviewedTest },
    {
      model: () => languageModel(context, settings, provider!),
      python: pythonSyntax(async () => (await interpreters()).head),
      signatures: installedSignatures(interpreters),
      types: {
        check: (tests) => context.limited('checking types', worksAtOnce.checkingTypes, () => types.check(tests)),
      },
      trial: (candidate) =>
        rememberedTrial(context, { settings, ...found, test: candidate }, () =>
          trial(context, settings, found, candidate),
        ),
      footer,
      log: context.log,
    },
  )
}

export async function generationSettings(
  context: StageContext,
  file = `${context.repositoryFolder}/generation.yaml`,
): Promise<GenerationSettings> {
  return (await context.settings(GenerationSettings, file)) ?? GenerationSettings.parse({})
}

export async function promptTemplates(context: StageContext, { prompt }: GenerationSettings): Promise<PromptTemplates> {
  const folder =
    prompt === undefined
      ? join(packageDirectory, 'prompts')
      : join(context.workspaceRoot, context.repositoryFolder, 'prompts', prompt)
  const read = async (name: string): Promise<string> => {
    try {
      return await readFile(join(folder, name), 'utf8')
    } catch (cause) {
      throw new IsobenchError('bad-input', `prompt file cannot be read: ${join(folder, name)}`, {
        hint: 'a prompt is a folder with system.md, user.md and repair.md',
        cause,
      })
    }
  }
  const [system, user, repair] = await Promise.all([read('system.md'), read('user.md'), read('repair.md')])
  return readPromptFiles(folder, { system, user, repair })
}

async function trial(
  context: StageContext,
  settings: GenerationSettings,
  { analysis, environment }: { readonly analysis: Analysis; readonly environment: Environment },
  test: string,
): Promise<Run[]> {
  const runner = createLocalRunner(context.storeDirectory)
  const plan = createPlan({
    instanceId: context.projectName,
    test,
    harnessSha256: await runner.harnessSha256(),
    base: environment.base!,
    head: environment.head!,
    functions: analysis.functions,
    settings: MeasurementSettings.parse(settings.trial),
  })
  const interpreters = measuringInterpreters(context, environment)
  const { accelerator } = settings.trial
  return context.limited(`trials on ${accelerator}`, devices(accelerator), () =>
    runner.trial({ plan, test, interpreters }, context.log),
  )
}
