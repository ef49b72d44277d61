import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { batchClient } from '../../adapters/batch-client.ts'
import { fileBatchStore } from '../../adapters/batch-store.ts'
import { installedSignatures } from '../../adapters/installed-signatures.ts'
import { chatRequest } from '../../domain/chat-request.ts'
import { selectMembers } from '../../domain/members.ts'
import { pricesOf } from '../../domain/provider.ts'
import { mostOf, sumSpending } from '../../domain/spending.ts'
import { IsobenchError } from '../../errors.ts'
import { Analysis } from '../../schema/analysis.ts'
import { DatasetSettings } from '../../schema/dataset-settings.ts'
import { Environment } from '../../schema/environment.ts'
import type { GenerationSettings } from '../../schema/generation-settings.ts'
import type { ProviderProfile } from '../../schema/provider.ts'
import { type MissingAnswer, batchAnswers } from '../../stages/batch-answers.ts'
import { firstRequest } from '../../stages/write-test.ts'
import type { StageContext } from '../context.ts'
import { interpretersOf } from '../interpreters.ts'
import { answerMode, answerStore, apiKey, providerOf, runLedger } from '../language-model.ts'
import type { Outputs } from '../outputs.ts'
import { generationSettings, promptTemplates } from './generate-test.ts'

/** The commits whose answers one job can hold: those of one endpoint and model. */
interface Group {
  readonly provider: ProviderProfile
  readonly settings: GenerationSettings
  readonly members: (MissingAnswer & { readonly context: StageContext; readonly most: ReturnType<typeof mostOf> })[]
}

export async function work(context: StageContext): Promise<Outputs> {
  if (answerMode() !== 'auto') {
    throw new IsobenchError('bad-input', 'batch jobs fill the stored answers, so ISOBENCH_ANSWERS must be auto', {
      hint: 'unset ISOBENCH_ANSWERS',
    })
  }
  const settings = await context.requiredSettings(DatasetSettings, `${context.projectRoot}/dataset.yaml`)
  const { members } = selectMembers(settings.commits, context.commits())
  const groups = new Map<string, Group>()
  for (const { name } of members) await addMember(groups, context.of(name))
  if (groups.size === 0) context.log('nothing to do: no commit of this dataset has a model that takes batch jobs')
  const problems: string[] = []
  for (const group of groups.values()) problems.push(...(await fill(context, group)))
  for (const problem of problems) context.log(`no answer: ${problem}`)
  if (problems.length === 0) return {}
  throw new IsobenchError('model-unusable', `requests without an answer: ${problems.length}; first: ${problems[0]}`, {
    hint: 'run it again to submit them again, or let `generate-test` ask for each by itself; the others are kept',
  })
}

/** Adds the first request of a commit to the job it belongs to, where there is one to be asked. */
async function addMember(groups: Map<string, Group>, context: StageContext): Promise<void> {
  const [settings, reviewed] = await Promise.all([
    generationSettings(context),
    context.text(`${context.projectRoot}/efficiency_test.py`),
  ])
  const provider = await providerOf(context, settings)
  if (reviewed !== null || provider === undefined) return
  if (provider.batch === undefined) return context.log('skipped: its provider takes no batch jobs')
  const analysis = (await context.artifact(Analysis, 'analysis.json')).value
  const environment = (await context.artifact(Environment, 'environment.json')).value
  if (analysis.outcome.status !== 'ok' || environment.outcome.status !== 'ok') return
  const [repository, prompt] = await Promise.all([context.repository(), promptTemplates(context, settings)])
  const request = await firstRequest(
    { repository, analysis, environment, settings, prompt, model: settings.model! },
    installedSignatures(interpretersOf(context, environment)),
  )
  const chat = chatRequest(provider, request)
  const name = `${chat.endpoint} ${settings.model}`
  const group = groups.get(name) ?? { provider, settings, members: [] }
  const most = mostOf(request, pricesOf(settings, provider))
  group.members.push({ instanceId: context.projectName, chat, context, most })
  groups.set(name, group)
}

async function fill(context: StageContext, { provider, settings, members }: Group): Promise<readonly string[]> {
  const key = () => apiKey(provider)
  const policy = {
    baseUrl: provider.base_url,
    prompt: members.map(({ chat }) => chat.body.messages.map(({ content }) => content).join('\n')).join('\n'),
    timeoutSeconds: settings.timeout_seconds,
    deadlineSeconds: settings.deadline_seconds,
    log: context.log,
  }
  const ledger = await runLedger(context)
  const byName = new Map(members.map((member) => [member.instanceId, member]))
  const { answered, problems } = await batchAnswers(
    { endpoint: members[0]!.chat.endpoint, model: settings.model!, missing: members },
    {
      client: () => batchClient({ ...policy, key: key() }),
      jobs: fileBatchStore(join(context.storeDirectory, 'batches')),
      // A commit that left the dataset while its job ran is still a project of the workspace.
      answers: (instanceId) => answerStore(byName.get(instanceId)?.context ?? context.of(instanceId)),
      reserve: async (requests) => {
        const { calls, tokens, usd } = sumSpending(requests.map(({ instanceId }) => byName.get(instanceId)!.most))
        await ledger?.reserve({ calls, tokens, usd: usd === null ? null : usd * provider.batch!.price_factor })
      },
      key,
      sleep: (seconds) => setTimeout(seconds * 1000),
      log: context.log,
    },
  )
  context.log(`${settings.model}: ${answered} answers`)
  return problems
}
