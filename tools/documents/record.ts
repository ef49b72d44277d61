import { columnsOf } from '../../plugins/isobench/src/domain/columns.ts'
import { columnsTable } from '../../plugins/isobench/src/domain/columns-table.ts'
import { CommitRecord } from '../../plugins/isobench/src/schema/record.ts'

/** `docs/record.md`. */
export function recordDocument(): string {
  return `# The record

One commit is one row: \`out/record.json\` of the commit, a line of the dataset's \`records.jsonl\`, and a row of its Parquet
file. All three hold the same values under the same names. A commit that could not be measured has a row too: its
\`verdict\` and \`status\` are \`unmeasured\`, and \`stage\` and \`reason\` say where it was lost and why
([outcomes.md](outcomes.md)).

- Numbers are finite or null, text is UTF-8, times are seconds, dates are RFC 3339 in UTC.
- \`integer\` is INT64, \`float\` is DOUBLE, \`text\` is UTF-8; lists and structs are Parquet's own, never JSON in text.
- \`column.field\` is a field of a struct, \`column[].field\` one of each struct in a list.
- The JSON Schema is \`plugins/isobench/schemas/record.json\`.

${columnsTable(columnsOf(CommitRecord), { fields: true })}`
}
