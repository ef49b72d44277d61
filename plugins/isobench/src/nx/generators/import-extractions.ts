import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Extraction, parseExtraction } from '../../domain/extraction.ts'
import { IsobenchError } from '../../errors.ts'

const maximumBytes = 32 * 1024 * 1024

/** A file of the folder that is an extraction. */
export interface ExtractionFile {
  readonly name: string
  readonly bytes: Buffer
  readonly extraction: Extraction
}

/** What the folder holds, in the order of the names: every file is in one of the three. */
export interface ExtractionFolder {
  readonly files: readonly ExtractionFile[]
  /** One line each: the file and why it is none */
  readonly invalid: readonly string[]
  readonly others: readonly string[]
}

/** Reads every JSON file of a folder. A file that is no extraction is reported with its reason and stops nothing. */
export async function readExtractions(directory: string): Promise<ExtractionFolder> {
  const names = (await readdir(directory)).toSorted()
  const files: ExtractionFile[] = []
  const invalid: string[] = []
  for (const name of names.filter(isJson)) {
    try {
      const file = await readExtraction(directory, name)
      const twin = files.find(({ extraction }) => extraction.head === file.extraction.head)
      if (twin === undefined) files.push(file)
      else invalid.push(`${name}: the same commit as ${twin.name}`)
    } catch (error) {
      if (!(error instanceof IsobenchError)) throw error
      invalid.push(error.message)
    }
  }
  return { files, invalid, others: names.filter((name) => !isJson(name)) }
}

async function readExtraction(directory: string, name: string): Promise<ExtractionFile> {
  const path = join(directory, name)
  const status = await stat(path)
  if (!status.isFile()) throw new IsobenchError('bad-input', `${name}: not a file`)
  if (status.size > maximumBytes) throw new IsobenchError('bad-input', `${name}: larger than ${maximumBytes} bytes`)
  const bytes = await readFile(path)
  return { name, bytes, extraction: parseExtraction(bytes.toString('utf8'), name) }
}

function isJson(name: string): boolean {
  return name.toLowerCase().endsWith('.json')
}
