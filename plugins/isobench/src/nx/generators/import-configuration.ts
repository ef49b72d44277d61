import { homedir } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { exists, readTextIfPresent } from '../../adapters/files.ts'
import { parseSettings } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { AncestorSettings } from '../../schema/ancestor-settings.ts'
import type { DatasetSettings } from '../../schema/dataset-settings.ts'
import type { GenerationSettings } from '../../schema/generation-settings.ts'
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
  return {
    repository: repositoryName(name, '`--repository` gives it another name than the last part of `repo_path`'),
    repositoryDirectory,
    extractionsDirectory,
    generation: generationOf(settings),
    dataset: datasetOf(settings, name),
    notCarriedOver: notCarriedOver(settings),
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

/** OpenAI-compatible endpoints of the ancestor's providers. Bedrock has none. */
const endpoints = {
  openai: { base_url: 'https://api.openai.com/v1', api_key_variable: 'OPENAI_API_KEY' },
  anthropic: {
    base_url: 'https://api.anthropic.com/v1',
    api_key_variable: 'ANTHROPIC_API_KEY',
    token_parameter: 'max_tokens',
  },
  openrouter: {
    base_url: 'https://openrouter.ai/api/v1',
    api_key_variable: 'OPENROUTER_API_KEY',
    token_parameter: 'max_tokens',
  },
} as const

function generationOf(settings: AncestorSettings): Configuration['generation'] {
  const { llm_provider: provider, llm_model: model, llm_temperature: temperature, llm_max_tokens: tokens } = settings
  if (!isModelCarriedOver(settings)) return {}
  return {
    provider: endpoints[provider as keyof typeof endpoints],
    model: model!,
    ...(typeof temperature === 'number' ? { parameters: { temperature } } : {}),
    ...(typeof tokens === 'number' ? { max_output_tokens: tokens } : {}),
  }
}

function isModelCarriedOver({ llm_provider: provider, llm_model: model }: AncestorSettings): boolean {
  return typeof model === 'string' && typeof provider === 'string' && provider in endpoints
}

function notCarriedOver(settings: AncestorSettings): string[] {
  const model = ['llm_provider', 'llm_model', 'llm_temperature', 'llm_max_tokens'] as const
  const reasons: Partial<Record<keyof AncestorSettings, string>> = {
    use_docker: 'tests run in bubblewrap; `sandbox: docker:<image>` would run them in a container',
    docker_image: 'tests run in bubblewrap; `sandbox: docker:<image>` would run them in a container',
    setup_commands: 'environments are made from verified wheels only',
    install_commands: 'environments are made from verified wheels only',
    api: 'the affected APIs are found in the change',
    notes: 'notes belong to single commits',
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
