import { posix } from 'node:path'
import { Document, visit } from 'yaml'
import type { z } from 'zod'
import { parseSettings } from '../../domain/settings.ts'

/**
 * The text of a settings file: a line that gives editors the schema, remarks, then the settings.
 * Hashes are quoted, because YAML takes one of digits only for a number. The text is read back before it is given out:
 * the tool writes nothing that it would refuse.
 * @param file path below the workspace, with `/`
 * @param remarks lines for a person, written as comments
 * @throws IsobenchError `bad-input` when the settings do not fit the schema
 */
export function settingsText<Schema extends z.ZodType>(
  schema: Schema,
  file: string,
  settings: z.input<Schema>,
  remarks: readonly string[] = [],
): string {
  const document = new Document(settings)
  visit(document, {
    Scalar: (key, node) => {
      if (key !== 'key' && isHash(node.value)) node.type = 'QUOTE_SINGLE'
    },
  })
  const isEmpty = Object.values(settings as object).every((value) => value === undefined)
  const body = isEmpty ? '' : document.toString({ lineWidth: 0, singleQuote: true })
  const schemaFile = `node_modules/nx-isobench/schemas/${schema.meta()?.id}.json`
  const header = [`yaml-language-server: $schema=${posix.relative(posix.dirname(file), schemaFile)}`, ...remarks]
  const text = `${header.map((line) => `${`# ${line}`.trimEnd()}\n`).join('')}${body}`
  parseSettings(schema, text, file)
  return text
}

/** Text of other people on its way into a settings file: without what no settings file may hold. */
export function plainText(text: string, maximumLength: number): string {
  return text.trim().slice(0, maximumLength).toWellFormed().replaceAll('\uFFFD', '?')
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{8,64}$/.test(value)
}
