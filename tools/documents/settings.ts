import { type JsonSchema, type SchemaName, jsonSchemas } from '../json-schemas.ts'

const files = [
  ['commit', 'commits/<repository>/<sha8>/commit.yaml', 'One performance commit.'],
  ['repository', 'commits/<repository>/repository.yaml', 'Where the code and its wheels come from.'],
  ['generation-settings', 'commits/<repository>/generation.yaml', 'How efficiency tests are written.'],
  ['provider', 'commits/<repository>/providers/<name>.yaml', 'An endpoint of your own for models, and how to use it.'],
  ['measurement-settings', 'commits/<repository>/measurement.yaml', 'How they are measured.'],
  ['runner-settings', 'commits/<repository>/runner.yaml', 'Where they are measured ([a cluster](cluster.md)).'],
  ['mining-settings', 'commits/<repository>/mining.yaml', 'Which commits of a history are proposed (mining.md).'],
  ['evidence', 'commits/<repository>/<sha8>/evidence.yaml', 'Why a commit was proposed; written by mining.'],
  ['mining-marker', 'commits/<repository>/mined.yaml', 'How far a history was mined; written by mining.'],
  ['dataset-settings', 'datasets/<name>/dataset.yaml', 'Which commits make a dataset, and where it goes.'],
  ['acknowledged', 'datasets/<name>/acknowledged.yaml', 'Regressions that are known and accepted.'],
  ['budget', 'budget.yaml', 'What one Nx command may spend on models.'],
  ['ancestor-settings', 'the file of `nx g nx-isobench:import --config`', 'A configuration of ISO-Bench.'],
] as const satisfies readonly (readonly [SchemaName, string, string])[]

/** `docs/settings.md`: every key of every settings file. */
export function settingsDocument(): string {
  const schemas = jsonSchemas()
  return `# Settings

One file a concern, because a file is what a stage hashes: editing one reruns the stages that read it and those below.
Files are YAML 1.2 without aliases; unknown keys are refused. An editor checks a file as it is typed when it begins with
\`# yaml-language-server: $schema=\` and the path of the JSON Schema named below.
${files.map(([name, path, what]) => section(path, what, name, schemas.get(name)!)).join('')}`
}

function section(path: string, what: string, name: SchemaName, schema: JsonSchema): string {
  return `
## ${path.includes(' ') ? path : `\`${path}\``}

${what} JSON Schema: \`plugins/isobench/schemas/${name}.json\`.

| key | type | default | description |
| --- | --- | --- | --- |
${keyRows(schema, '').join('\n')}
`
}

/** A row for each key, the keys of an object below it as `key.inner`, those of listed objects as `key[].inner`. */
function keyRows(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
    [keyRow(schema, key, value, prefix)].concat(innerRows(value, prefix + key)),
  )
}

function keyRow(schema: JsonSchema, key: string, value: JsonSchema, prefix: string): string {
  const fallback = schema.required?.includes(key) === true ? '**required**' : defaultText(value)
  // The key that tells variants apart says what its variant is.
  const description = value.description ?? (value.const === undefined ? '' : (schema.description ?? ''))
  return `| \`${prefix}${key}\` | ${typeText(value)} | ${fallback} | ${cell(description)} |`
}

function innerRows(schema: JsonSchema, path: string): string[] {
  if (schema.items !== undefined && !Array.isArray(schema.items))
    return innerRows(schema.items as JsonSchema, `${path}[]`)
  if (typeof schema.additionalProperties === 'object' && schema.properties === undefined)
    return innerRows(schema.additionalProperties, `${path}.<name>`)
  const variants = schema.oneOf ?? schema.anyOf
  if (variants === undefined) return keyRows(schema, `${path}.`)
  return variants.flatMap((variant) => keyRows(variant, `${path}.`))
}

function defaultText({ default: value }: JsonSchema): string {
  if (value === undefined) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function typeText(schema: JsonSchema): string {
  const values = schema.const === undefined ? schema.enum : [schema.const]
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.oneOf !== undefined) return 'one of the following'
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ')
  if (schema.items !== undefined && !Array.isArray(schema.items))
    return `list of ${typeText(schema.items as JsonSchema)}`
  if (typeof schema.additionalProperties === 'object')
    return `keys with ${typeText(schema.additionalProperties) || 'anything'}`
  if (schema.format === 'uri') return 'URL'
  if (schema.pattern !== undefined) return `text like ${cell(`\`${schema.pattern}\``)}`
  const names = [schema.type ?? []].flat().map((name) => (name === 'string' ? 'text' : name))
  return `${names.join(' or ')}${rangeText(schema)}`
}

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const limits = [
    exclusiveMinimum === undefined ? undefined : `> ${exclusiveMinimum}`,
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : `≥ ${minimum}`,
    exclusiveMaximum === undefined ? undefined : `< ${exclusiveMaximum}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : `≤ ${maximum}`,
  ].filter((limit) => limit !== undefined)
  return limits.length === 0 ? '' : ` ${limits.join(', ')}`
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s*\n\s*/g, ' ')
}
