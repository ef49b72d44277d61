import { z } from 'zod'
import * as schema from '../plugins/isobench/src/schema/index.ts'

/** What each JSON Schema describes. A settings file is described as a person writes it, an artifact as it is written. */
const published = {
  commit: { of: schema.Commit, io: 'input' },
  repository: { of: schema.Repository, io: 'input' },
  provider: { of: schema.ProviderProfile, io: 'input' },
  budget: { of: schema.Budget, io: 'input' },
  'generation-settings': { of: schema.GenerationSettings, io: 'input' },
  'measurement-settings': { of: schema.MeasurementSettings, io: 'input' },
  'runner-settings': { of: schema.RunnerSettings, io: 'input' },
  'mining-settings': { of: schema.MiningSettings, io: 'input' },
  'mining-marker': { of: schema.MiningMarker, io: 'input' },
  evidence: { of: schema.Evidence, io: 'input' },
  'dataset-settings': { of: schema.DatasetSettings, io: 'input' },
  acknowledged: { of: schema.Acknowledged, io: 'input' },
  'ancestor-settings': { of: schema.AncestorSettings, io: 'input' },
  analysis: { of: schema.Analysis, io: 'output' },
  environment: { of: schema.Environment, io: 'output' },
  generation: { of: schema.Generation, io: 'output' },
  plan: { of: schema.Plan, io: 'output' },
  run: { of: schema.Run.meta({ title: 'A line of runs.jsonl' }), io: 'output' },
  measurement: { of: schema.Measurement, io: 'output' },
  record: { of: schema.CommitRecord, io: 'output' },
  manifest: { of: schema.Manifest, io: 'output' },
  preflight: { of: schema.Preflight, io: 'output' },
  funnel: { of: schema.Funnel, io: 'output' },
  told: { of: schema.Told, io: 'output' },
  ledger: { of: schema.Ledger, io: 'output' },
} as const satisfies Record<string, { of: z.ZodType; io: 'input' | 'output' }>

export type SchemaName = keyof typeof published

/** A JSON Schema, as far as it is read here. */
export interface JsonSchema {
  readonly $schema?: string
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema | readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

/** The draft-07 schemas by name, each whole in itself: no reference leads to another file. */
export function jsonSchemas(): Map<SchemaName, JsonSchema> {
  return new Map(
    Object.entries(published).map(([name, { of, io }]) => [name as SchemaName, withoutRootReference(of, io)]),
  )
}

interface RootReference extends JsonSchema {
  readonly $schema: string
  readonly $ref?: string
  readonly definitions?: Readonly<Record<string, JsonSchema>>
}

/** zod puts a schema with an id below `definitions` and points to it from the root; here the root is the schema itself. */
function withoutRootReference(of: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const made = z.toJSONSchema(of, { target: 'draft-7', io }) as RootReference
  const { $schema, $ref = '', definitions = {}, ...own } = made
  const { [$ref.replace('#/definitions/', '')]: root, ...others } = definitions
  const shared = Object.keys(others).length === 0 ? {} : { definitions: others }
  return { $schema, ...own, ...root, ...shared }
}
