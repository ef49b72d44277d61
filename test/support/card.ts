import { type CardData, cardData } from '../../plugins/isobench/src/domain/card-data.ts'
import { columnsOf } from '../../plugins/isobench/src/domain/columns.ts'
import { funnelOf } from '../../plugins/isobench/src/domain/funnel.ts'
import { generationSection } from '../../plugins/isobench/src/domain/record-sections.ts'
import { DatasetSettings } from '../../plugins/isobench/src/schema/dataset-settings.ts'
import { CommitRecord } from '../../plugins/isobench/src/schema/record.ts'
import { modelGeneration } from './artifacts.ts'
import { sampleRecord, unmeasuredRecord } from './records.ts'

const unknownPrice = modelGeneration({ cost_usd: null, usage: { ...modelGeneration().usage, output_tokens: null } })
/** Records that differ in what a card counts. */
export const cardRecords = [
  sampleRecord('a', { commit_date: '2023-05-06T00:00:00Z' }),
  sampleRecord('b', { performance_improvement: 0.1, generation_config: generationSection(modelGeneration()) }),
  sampleRecord('c', { verdict: 'no-change', generation_config: generationSection(unknownPrice), repository: 'other' }),
  unmeasuredRecord('d', { stage: 'run-gpu', reason: 'output-differs' }),
  unmeasuredRecord('e', {
    stage: 'generate-test',
    reason: 'test-missing',
    generation_config: { ...sampleRecord('e').generation_config, origin: null },
    measurement: { ...sampleRecord('e').measurement, protocol: null, sandbox: null, fingerprint: null, flags: [] },
  }),
]

/** What a card template sees for these records. */
export function sampleCardData(records = cardRecords, settings: Partial<DatasetSettings> = {}): CardData {
  return cardData({
    name: 'demo',
    settings: DatasetSettings.parse({ commits: ['demo'], ...settings }),
    records,
    funnel: funnelOf(records),
    columns: columnsOf(CommitRecord),
    further: [],
    tool: 'nx-isobench 0.1.0',
  })
}
