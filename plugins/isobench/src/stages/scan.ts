import { parquetRows } from '../domain/parquet-rows.ts'
import { type ScanRules, findings } from '../domain/secret-scan.ts'
import { IsobenchError } from '../errors.ts'

/** A file whose content is read as it comes. */
export interface OpenableFile {
  readonly path: string
  readonly open: () => AsyncIterable<Uint8Array>
}

const largestCellBytes = 1_000_000
const shownFindings = 20

/**
 * Looks through everything that is about to be published: text line by line, Parquet cell by cell.
 * @throws IsobenchError `bad-input` that says where each secret, home folder and oversized cell is, and never what the
 *   secret is
 */
export async function scan(
  files: readonly OpenableFile[],
  rules: ScanRules,
  log: (message: string) => void,
): Promise<void> {
  const found: string[] = []
  for (const [index, file] of files.entries()) {
    const places = file.path.endsWith('.parquet') ? inParquet(file, rules) : inText(file, rules)
    for await (const place of places) found.push(`${file.path}: ${place}`)
    log(`${index + 1} of ${files.length} files scanned`)
  }
  if (found.length === 0) return
  const shown = found.slice(0, shownFindings).map((line) => `  ${line}`)
  const more = found.length > shownFindings ? [`  and ${found.length - shownFindings} more`] : []
  throw new IsobenchError('bad-input', [`not fit to be published:`, ...shown, ...more].join('\n'), {
    hint: 'take it out of the records; what may be published stands, word for word, in allowed_findings of dataset.yaml',
  })
}

async function* inText({ open }: OpenableFile, rules: ScanRules): AsyncGenerator<string> {
  let number = 0
  for await (const line of lines(open())) {
    number++
    for (const { index, kind, text } of findings(line, rules)) {
      yield `line ${number}, column ${index + 1}: ${said(kind, text)}`
    }
  }
}

async function* inParquet({ open }: OpenableFile, rules: ScanRules): AsyncGenerator<string> {
  const rows = await parquetRows(Buffer.concat(await Array.fromAsync(open())))
  for (const [index, row] of rows.entries()) {
    for (const [column, value] of Object.entries(row)) {
      const where = `row ${index + 1}, column \`${column}\``
      const texts = [...textsIn(value)]
      const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
      if (bytes > largestCellBytes) yield `${where}: ${bytes} bytes in one cell, and ${largestCellBytes} are allowed`
      for (const text of texts) {
        for (const finding of findings(text, rules)) yield `${where}: ${said(finding.kind, finding.text)}`
      }
    }
  }
}

function said(kind: string, text: string | null): string {
  return text === null ? kind : `${kind}: ${text}`
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (value !== null && typeof value === 'object') {
    for (const item of Object.values(value)) yield* textsIn(item)
  }
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop()!
    yield* parts
  }
  yield rest + decoder.decode()
}
