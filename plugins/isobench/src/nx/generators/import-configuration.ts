import { homedir } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { exists, readTextIfPresent } from '../../adapters/files.ts'
import { thinksFirst } from '../../domain/provider.ts'
import { parseSettings } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { AncestorSettings } from '../../schema/ancestor-settings.ts'
import type { DatasetSettings } from '../../schema/dataset-settings.ts'
import type { GenerationSettings } from '../../schema/generation-settings.ts'
import { builtInProvider } from '../built-in-provider.ts'
import { repositoryName } from './repositories.ts'

/** The ancestor's configuration in this tool's terms. */
export interface Configuration {
  readonly repository: string
  readonly repositoryDirectory: string
  readonly extractionsDirectory: string
  readonly generation: z.input<typeof GenerationSettings>
  readonly dataset: { readonly name: string; readonly settings: Omit<z.input<typeof DatasetSettings>, 'commits'> }
  /** What this tool has no key for, one line each. */
  readonly notCarriedOver: readonly string[]
}

/**
 * Reads the ancestor's YAML. Relative paths in it start at its own folder or, as the ancestor did it, at `workingDirectory`.
 * @throws IsobenchError `bad-input` with file:line:column
 */
export async function readConfiguration(
  file: string,
  workingDirectory: string,
  repository?: string,
): Promise<Configuration> {
  const path = resolve(workingDirectory, file)
  const text = await readTextIfPresent(path)
  if (text === undefined) throw new IsobenchError('bad-input', `no such file: ${path}`)
  const settings = parseSettings(AncestorSettings, text, file)
  const directories = [dirname(path), workingDirectory]
  const repositoryDirectory = (await firstPresent(settings.repo_path, directories)) ?? resolve(settings.repo_path)
  const extractionsDirectory = await firstPresent(settings.extractions_dir, directories)
  if (extractionsDirectory === undefined) {
    throw new IsobenchError(
      'bad-input',
      `no such folder at \`extractions_dir\` of ${file}: ${settings.extractions_dir}`,
      {
        hint: `looked in ${directories.join(' and ')}`,
      },
    )
  }
  const name =
    repository ??
    basename(settings.repo_path)
      .replace(/\.git$/, '')
      .toLowerCase()
  const takesTemperature = await modelTakesTemperature(settings)
  return {
    repository: repositoryName(name, '`--repository` gives it another name than the last part of `repo_path`'),
    repositoryDirectory,
    extractionsDirectory,
    generation: generationOf(settings, takesTemperature),
    dataset: datasetOf(settings, name),
    notCarriedOver: notCarriedOver(settings, takesTemperature),
  }
}

async function firstPresent(path: string, directories: readonly string[]): Promise<string | undefined> {
  const expanded = path.replace(/^~(?=\/)/, homedir())
  for (const directory of directories) {
    const candidate = resolve(directory, expanded)
    if (await exists(candidate)) return candidate
  }
  return undefined
}

function datasetOf(settings: AncestorSettings, repository: string): Configuration['dataset'] {
  const name = settings.dataset_name ?? repository
  const hub = settings.hf_repo
  return {
    name: name.toLowerCase(),
    settings: {
      ...(hub ? { hub_repository: `${hub.owner}/${hub.name ?? name}` } : {}),
      ...(settings.push_to_hf === true ? { push: true } : {}),
    },
  }
}

/** The ancestor's providers that have a profile here. Bedrock has no OpenAI-compatible endpoint. */
const profiles = new Set(['openai', 'anthropic', 'openrouter'])

/** The ancestor sent one temperature to every model; a model that thinks first refuses it. */
async function modelTakesTemperature(settings: AncestorSettings): Promise<boolean> {
  if (!isModelCarriedOver(settings)) return true
  return !thinksFirst(settings.llm_model!, undefined, (await builtInProvider(settings.llm_provider!))!)
}

function generationOf(settings: AncestorSettings, takesTemperature: boolean): Configuration['generation'] {
  const { llm_provider: provider, llm_model: model, llm_temperature: temperature, llm_max_tokens: tokens } = settings
  if (!isModelCarriedOver(settings)) return {}
  return {
    provider: provider!,
    model: model!,
    ...(typeof temperature === 'number' && takesTemperature ? { parameters: { temperature } } : {}),
    ...(typeof tokens === 'number' ? { max_output_tokens: tokens } : {}),
  }
}

function isModelCarriedOver({ llm_provider: provider, llm_model: model }: AncestorSettings): boolean {
  return typeof model === 'string' && typeof provider === 'string' && profiles.has(provider)
}

function notCarriedOver(settings: AncestorSettings, takesTemperature: boolean): string[] {
  const model = ['llm_provider', 'llm_model', 'llm_temperature', 'llm_max_tokens'] as const
  const reasons: Partial<Record<keyof AncestorSettings, string>> = {
    use_docker: 'tests run in bubblewrap; `sandbox: docker:<image>` would run them in a container',
    docker_image: 'tests run in bubblewrap; `sandbox: docker:<image>` would run them in a container',
    setup_commands: 'environments are made from verified wheels only',
    install_commands: 'environments are made from verified wheels only',
    api: 'the affected APIs are found in the change',
    notes: 'notes belong to single commits',
    ...(takesTemperature ? {} : { llm_temperature: 'a model that thinks first takes no temperature' }),
    ...Object.fromEntries(
      isModelCarriedOver(settings)
        ? []
        : model.map((key) => [key, 'needs a model and a provider with an OpenAI-compatible endpoint']),
    ),
  }
  return Object.entries(reasons).flatMap(([key, reason]) => {
    const value = settings[key as keyof AncestorSettings] ?? false
    const saysNothing = value === false || (Array.isArray(value) && value.length === 0)
    return saysNothing ? [] : [`not carried over: \`${key}\`: ${JSON.stringify(value)}: ${reason}`]
  })
}
