import type { Column, ColumnType } from './columns.ts'

/**
 * The columns of a table as a Markdown table: name, type, nullable, description. With `fields`, the fields of structs
 * follow their column as `column.field`, those of a list of structs as `column[].field`.
 */
export function columnsTable(columns: readonly Column[], { fields }: { fields: boolean }): string {
  const rows = columnRows(columns, '', fields)
  return ['| name | type | nullable | description |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

function columnRows(columns: readonly Column[], prefix: string, fields: boolean): string[] {
  return columns.flatMap(({ name, type, nullable, description }) => {
    const path = prefix + name
    const row = `| \`${path}\` | ${typeName(type)} | ${nullable ? 'yes' : 'no'} | ${cell(description)} |`
    return fields ? [row, ...columnRows(...innerFields(type, path), fields)] : [row]
  })
}

function innerFields(type: ColumnType, path: string): [readonly Column[], string] {
  if (type.kind === 'struct') return [type.fields, `${path}.`]
  return type.kind === 'list' ? innerFields(type.element, `${path}[]`) : [[], path]
}

function typeName(type: ColumnType): string {
  if (type.kind === 'list') return `list of ${typeName(type.element)}`
  if (type.kind !== 'text' || type.values === null) return type.kind
  return type.values.map((value) => `\`${value}\``).join(', ')
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s*\n\s*/g, ' ')
}
