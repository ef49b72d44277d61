import type { History } from '../adapters/git-history.ts'
import type { PythonSyntax } from '../adapters/python-syntax.ts'
import { languageOf } from '../domain/mining/code-words.ts'
import type { MinedFile } from '../domain/mining/decision.ts'
import { type FileSides, sameText, sameTree } from '../domain/mining/same-code.ts'

/** A larger file is taken for changed. */
const maximumBytes = 1_000_000
/** Files that are held in memory at a time. */
const filesAtOnce = 200

/**
 * The commits whose files all have the same code on both sides. Text decides where it can; syntax trees are compared of
 * what is left. A file that cannot be read, or that only one side has, is changed.
 * @param commits files by commit, those that tell most first
 */
export async function hasSameCode(
  commits: ReadonlyMap<string, readonly MinedFile[]>,
  history: Pick<History, 'texts'>,
  python: PythonSyntax,
): Promise<string[]> {
  const same: string[] = []
  const open = [...commits]
  for (let start = 0; start < open.length;) {
    const some: (typeof open)[number][] = []
    for (let files = 0; start < open.length && (some.length === 0 || files < filesAtOnce); start++) {
      some.push(open[start]!)
      files += open[start]![1].length
    }
    const readable = some.flatMap(([, files]) => files.filter(isReadable))
    const blobs = readable.flatMap(({ baseBlob, headBlob }) => [baseBlob!, headBlob!])
    const texts = await history.texts(blobs, maximumBytes)
    for (const [hash, files] of some) {
      if (await allSame(files, texts, python)) same.push(hash)
    }
  }
  return same
}

function isReadable({ path, change, baseBlob, headBlob }: MinedFile): boolean {
  return change !== 'submodule' && baseBlob !== null && headBlob !== null && languageOf(path) !== undefined
}

/** The first file that differs is enough, and trees are read only when the text of no file differs. */
async function allSame(
  files: readonly MinedFile[],
  texts: ReadonlyMap<string, string>,
  python: PythonSyntax,
): Promise<boolean> {
  const undecided: FileSides[] = []
  for (const file of files) {
    if (file.baseBlob !== null && file.baseBlob === file.headBlob) continue // moved, or another mode
    const [base, head] = [texts.get(file.baseBlob ?? ''), texts.get(file.headBlob ?? '')]
    if (!isReadable(file) || base === undefined || head === undefined) return false
    const sides = { language: languageOf(file.path)!, base, head }
    const answer = sameText(sides)
    if (answer === 'different') return false
    if (answer === 'perhaps') undecided.push(sides)
  }
  for (const { base, head } of undecided) {
    const [before, after] = [await python.read(base), await python.read(head)]
    if ('problem' in before || 'problem' in after || !sameTree(before.tree, after.tree)) return false
  }
  return true
}
