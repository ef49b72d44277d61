import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import type { Tree } from '@nx/devkit'
import { sha256 } from '../../adapters/files.ts'
import { parseSettings } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { Commit } from '../../schema/commit.ts'
import type { Configuration } from './import-configuration.ts'
import type { ExtractionFile } from './import-extractions.ts'
import type { Bases } from './import-bases.ts'
import { plainText, settingsText } from './settings-text.ts'

/** What became of the extractions: each is in exactly one of the first four. */
export interface ImportedCommits {
  readonly imported: readonly string[]
  readonly alreadyThere: readonly string[]
  /** One line each: the file, and how what is there differs */
  readonly leftAsTheyAre: readonly string[]
  readonly refused: readonly string[]
  /** Commits whose base nobody knows, one line each with the reason */
  readonly unresolved: readonly string[]
  /** Members of the dataset: `<repository>/<sha8>` */
  readonly members: readonly string[]
  /** Whether no extraction can be named, because they lie outside the workspace */
  readonly reliesOnGit: boolean
}

/** Writes `commits/<repository>/<sha8>/commit.yaml` for every extraction. A file that is there is never overwritten. */
export async function writeCommits(
  tree: Tree,
  configuration: Configuration,
  files: readonly ExtractionFile[],
  bases: Bases,
  copyExtractions: boolean,
): Promise<ImportedCommits> {
  const inside = await folderInside(tree, configuration.extractionsDirectory)
  const result = { imported: [], alreadyThere: [], leftAsTheyAre: [], refused: [], unresolved: [], members: [] } as {
    [Key in Exclude<keyof ImportedCommits, 'reliesOnGit'>]: string[]
  }
  for (const file of files) {
    const { head } = file.extraction
    const folder = `commits/${configuration.repository}/${head.slice(0, 8)}`
    const path = extractionPath(inside, folder, file.name, copyExtractions)
    const found = bases.get(head)!
    const outcome = writeExtracted(tree, `${folder}/commit.yaml`, file, found.base, path)
    result[outcome.kind].push(outcome.line)
    if (!outcome.isMember) continue
    if (outcome.kind === 'imported' && path === copiedPath(folder)) tree.write(path, file.bytes)
    if (!outcome.hasBase && found.base === null) result.unresolved.push(`${head}: ${found.reason}`)
    result.members.push(`${configuration.repository}/${head.slice(0, 8)}`)
  }
  return { ...result, reliesOnGit: inside === null && !copyExtractions }
}

/** What became of one commit.yaml. */
export interface Written {
  readonly kind: 'imported' | 'alreadyThere' | 'leftAsTheyAre' | 'refused'
  readonly line: string
  readonly hasBase: boolean
  /** Whether the folder holds this head, whatever its base */
  readonly isMember: boolean
}

function writeExtracted(
  tree: Tree,
  file: string,
  source: ExtractionFile,
  base: string | null,
  path: string | null,
): Written {
  const { head, message } = source.extraction
  const claim = plainText(message.trim().split('\n', 1)[0]!, 2000)
  const extraction = path === null ? {} : { extraction: extractionAt(path, source.bytes) }
  return writeCommit(tree, file, source.name, base, { head, ...(claim === '' ? {} : { claim }), ...extraction })
}

/** What commit.yaml says of an extraction at this path of the workspace. */
export function extractionAt(path: string, bytes: Buffer): NonNullable<Commit['extraction']> {
  return { path, sha256: sha256(bytes.toString('utf8')) }
}

/** Writes commit.yaml unless it is there; one that an earlier import had to leave without a base is completed. */
export function writeCommit(
  tree: Tree,
  file: string,
  sourceName: string,
  base: string | null,
  settings: Omit<Commit, 'base'>,
): Written {
  const { head, ...others } = settings
  try {
    if (base === head) throw new IsobenchError('bad-input', `base and head are the same commit: ${head}`)
    const withoutBase = settingsText(Commit, file, { head, ...others })
    const text = base === null ? withoutBase : settingsText(Commit, file, { head, base, ...others })
    const present = tree.read(file, 'utf8')
    const isIncomplete = present === withoutBase && base !== null
    if (present !== null && !isIncomplete) return compare(present, file, head, base)
    tree.write(file, text)
    return { kind: 'imported', line: file, hasBase: base !== null, isMember: true }
  } catch (error) {
    if (!(error instanceof IsobenchError)) throw error
    return { kind: 'refused', line: `${sourceName}: ${error.message}`, hasBase: false, isMember: false }
  }
}

function compare(text: string, file: string, head: string, base: string | null): Written {
  const present = parseSettings(Commit, text, file)
  const hasBase = present.base !== undefined || base !== null
  if (present.head !== head) {
    return { kind: 'leftAsTheyAre', line: `${file}: its head is ${present.head}`, hasBase, isMember: false }
  }
  if (base !== null && (present.base ?? base) !== base) {
    return { kind: 'leftAsTheyAre', line: `${file}: its base is ${present.base}`, hasBase, isMember: true }
  }
  return { kind: 'alreadyThere', line: file, hasBase, isMember: true }
}

/** Where the commit finds its extraction, relative to the workspace; null when it has to rely on git. */
function extractionPath(inside: string | null, folder: string, name: string, copy: boolean): string | null {
  if (inside !== null) return inside === '' ? name : `${inside}/${name}`
  return copy ? copiedPath(folder) : null
}

function copiedPath(folder: string): string {
  return `${folder}/extraction.json`
}

/** The folder relative to the workspace with `/`, or null when it lies outside. */
async function folderInside(tree: Tree, directory: string): Promise<string | null> {
  const path = relative(await realpath(tree.root), await realpath(directory))
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path) ? null : path.replaceAll(sep, '/')
}
