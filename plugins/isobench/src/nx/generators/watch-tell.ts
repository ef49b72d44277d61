import { join } from 'node:path'
import { readTextIfPresent, writeAtomically } from '../../adapters/files.ts'
import { postJson } from '../../adapters/webhook.ts'
import { atomFeed } from '../../domain/atom-feed.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { cardData } from '../../domain/card-data.ts'
import { funnelOf } from '../../domain/funnel.ts'
import { type Regression, regressionsOf } from '../../domain/regressions.ts'
import { summaryMarkdown } from '../../domain/report/summary.ts'
import { parseSettings, settingsError } from '../../domain/settings.ts'
import type { WatchedRecords } from '../../domain/watched-records.ts'
import { regressionCount, watchMarkdown, webhookMessage } from '../../domain/watch-text.ts'
import { IsobenchError } from '../../errors.ts'
import { Acknowledged } from '../../schema/acknowledged.ts'
import type { DatasetSettings } from '../../schema/dataset-settings.ts'
import { Told } from '../../schema/told.ts'
import { toolName } from '../tool-name.ts'
import type { Log } from './generator.ts'

const webhookVariable = 'ISOBENCH_WEBHOOK_URL'
const beforeAnyCommit = '1970-01-01T00:00:00Z'

interface TellInput extends WatchedRecords {
  readonly root: string
  readonly dataset: string
  readonly settings: DatasetSettings
}

/**
 * Writes `out/watch/summary.md` and `out/watch/regressions.atom` of the dataset, and tells the webhook, where the
 * environment names one, of regressions that it does not know.
 * @returns whether there are regressions that nobody acknowledged
 */
export async function tell({ root, dataset, settings, records, notRun }: TellInput, log: Log): Promise<boolean> {
  const folder = `datasets/${dataset}`
  const file = `${folder}/acknowledged.yaml`
  const text = (await readTextIfPresent(join(root, file))) ?? ''
  const found = regressionsOf(dataset, records, parseSettings(Acknowledged, text, file).regressions)
  for (const { index, commit } of found.unknown) {
    const place = ['regressions', index, 'commit']
    log(`warning: ${settingsError(text, file, place, `no such commit in the dataset: ${commit}`).message}`)
  }
  const tool = await toolName()
  const card = cardData({ name: dataset, settings, records, funnel: funnelOf(records), columns: [], further: [], tool })
  const markdown = watchMarkdown(card.title, found, notRun, summaryMarkdown(card, records, null))
  const updated = card.last_date ?? beforeAnyCommit
  const feed = atomFeed({ name: dataset, title: card.title, tool, updated }, found.open)
  await writeAtomically(join(root, folder, 'out/watch/summary.md'), markdown)
  await writeAtomically(join(root, folder, 'out/watch/regressions.atom'), feed)
  for (const { record } of found.open) log(`regressed: ${record.instance_id} ${record.commit_subject}`)
  log(`${dataset}: ${regressionCount(found.open.length)}, ${found.acknowledged.length} acknowledged`)
  log(`see ${folder}/out/watch/summary.md`)
  await tellWebhook(join(root, folder, 'told.json'), dataset, found.open, log)
  return found.open.length > 0
}

/** The webhook is told of each regression once; what it did not take is told again the next time. */
async function tellWebhook(file: string, dataset: string, open: readonly Regression[], log: Log): Promise<void> {
  const url = process.env[webhookVariable]
  if (url === undefined || url === '') return
  const told = new Set(await toldBefore(file))
  const news = open.filter(({ id }) => !told.has(id))
  if (news.length > 0) {
    await postJson(webhookMessage(dataset, news), { url, name: webhookVariable })
    log(`told the webhook: ${regressionCount(news.length)}`)
  }
  const known = open.map(({ id }) => id).toSorted()
  if (known.length !== told.size || news.length > 0)
    await writeAtomically(file, canonicalJson({ schema_version: 1, regressions: known } satisfies Told))
}

async function toldBefore(file: string): Promise<readonly string[]> {
  const text = await readTextIfPresent(file)
  if (text === undefined) return []
  try {
    return Told.parse(JSON.parse(text)).regressions
  } catch (cause) {
    throw new IsobenchError('bad-input', `not what watch wrote: ${file}`, {
      hint: 'take it from git again, or remove it: then the webhook is told of everything once more',
      cause,
    })
  }
}
