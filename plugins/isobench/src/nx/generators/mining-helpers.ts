import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tree } from '@nx/devkit'
import type { History } from '../../adapters/git-history.ts'
import { pullRequests } from '../../adapters/github.ts'
import type { JudgePrompt } from '../../domain/mining/judge.ts'
import type { MiningRules } from '../../domain/mining/rules.ts'
import { settingsError } from '../../domain/settings.ts'
import { GenerationSettings } from '../../schema/generation-settings.ts'
import type { RepositoryInput } from '../../schema/repository.ts'
import { judgeCommit } from '../../stages/judge-commit.ts'
import type { MineEffects } from '../../stages/mine.ts'
import { StageContext } from '../context.ts'
import { languageModel, providerOf } from '../language-model.ts'
import { packageDirectory } from '../targets.ts'
import type { Log } from './generator.ts'

/** Who knows pull requests: GitHub, where the repository is there and a token is given; else nobody. */
export function pullRequestsOf(
  { name, settings }: RepositoryInput,
  storeDirectory: string,
  log: Log,
): MineEffects['pullRequest'] {
  const token = process.env['GITHUB_TOKEN'] ?? ''
  const server = process.env['GITHUB_SERVER_URL'] ?? 'https://github.com'
  const found = gitHubName(settings.url, server)
  if (found === undefined || token === '') return async () => null
  const apiUrl = process.env['GITHUB_API_URL'] ?? 'https://api.github.com'
  return pullRequests({ ...found, apiUrl, token, directory: join(storeDirectory, 'pull-requests', name), log })
}

function gitHubName(url: string | undefined, server: string): { owner: string; repository: string } | undefined {
  if (url === undefined || !URL.canParse(server)) return undefined
  const { origin, pathname } = new URL(url)
  if (origin !== new URL(server).origin) return undefined
  const [, owner, repository] = /^\/([A-Za-z0-9-]+)\/([A-Za-z0-9._-]+?)(?:\.git)?\/?$/.exec(pathname) ?? []
  return owner === undefined ? undefined : { owner, repository: repository! }
}

/** The model that mining.yaml names, with the answers and the budget of everything else that asks models. */
export async function judgeOf(
  tree: Tree,
  repository: RepositoryInput,
  rules: MiningRules,
  history: History,
  log: Log,
): Promise<MineEffects['judge']> {
  const settings = rules.judge
  if (settings === undefined) return undefined
  const { prompt: _, max_prompt_characters: __, minimum_confidence: ___, ...asked } = settings
  const root = `commits/${repository.name}/mining`
  const nx = { root: tree.root, projectsConfigurations: { projects: { [repository.name]: { root } } } }
  const context = new StageContext(nx, repository.name, 'mine', log)
  const generation = GenerationSettings.parse(asked)
  const file = `commits/${repository.name}/mining.yaml`
  const provider = (await providerOf(context, generation, file, ['judge']))!
  const model = await languageModel(context, generation, provider)
  const prompt = await judgePrompt(tree, repository.name, settings.prompt, file)
  return (candidate) => judgeCommit(candidate, { repository, settings, prompt }, { model, history })
}

async function judgePrompt(
  tree: Tree,
  repository: string,
  own: string | undefined,
  settingsFile: string,
): Promise<JudgePrompt> {
  const file = own === undefined ? join(packageDirectory, 'mining/judge.md') : `commits/${repository}/${own}`
  if (own === undefined) return { file, text: await readFile(file, 'utf8') }
  const text = tree.read(file, 'utf8')
  if (text !== null) return { file, text }
  const settings = tree.read(settingsFile, 'utf8') ?? ''
  throw settingsError(settings, settingsFile, ['judge', 'prompt'], `no such file: ${file}`)
}
