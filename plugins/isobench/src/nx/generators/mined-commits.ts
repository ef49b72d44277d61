import type { Tree } from '@nx/devkit'
import { parseSettings } from '../../domain/settings.ts'
import { Commit } from '../../schema/commit.ts'
import { Evidence } from '../../schema/evidence.ts'
import { plainText, settingsText } from './settings-text.ts'

/** The commits of a repository that are there. */
export interface PresentCommits {
  /** Folder by head; by the folder's own name where `commit.yaml` cannot be read */
  readonly heads: ReadonlyMap<string, string>
  /** The evidence of those that mining proposed, by folder; read when it is first needed */
  readonly evidence: () => ReadonlyMap<string, Evidence>
  /** Names of folders that are not to be used */
  readonly taken: Set<string>
}

/** Reads only what mining has to know: a `commit.yaml` that is being edited stops nothing. */
export function presentCommits(tree: Tree, repository: string): PresentCommits {
  const heads = new Map<string, string>()
  const taken = new Set(tree.children(`commits/${repository}`))
  for (const folder of taken) {
    const text = tree.read(`commits/${repository}/${folder}/commit.yaml`, 'utf8')
    if (text !== null) heads.set(/^head:\s*['"]?([0-9a-f]{40})\b/m.exec(text)?.[1] ?? folder, folder)
  }
  return { heads, evidence: () => evidenceIn(tree, repository, [...heads.values()]), taken }
}

function evidenceIn(tree: Tree, repository: string, folders: readonly string[]): Map<string, Evidence> {
  const evidence = new Map<string, Evidence>()
  for (const folder of folders) {
    const file = `commits/${repository}/${folder}/evidence.yaml`
    const text = tree.read(file, 'utf8')
    if (text !== null) evidence.set(folder, parseSettings(Evidence, text, file))
  }
  return evidence
}

/**
 * Writes `commit.yaml` and `evidence.yaml` of a proposal; a folder that is there is never touched.
 * @param taken names of folders that are there; the new one is added
 * @returns the folder, whose name has more than eight digits where another commit has these
 */
export function writeProposal(
  tree: Tree,
  repository: string,
  { hash, evidence }: { readonly hash: string; readonly evidence: Evidence },
  taken: Set<string>,
): string {
  const folder = [8, 12, 16, 40].map((digits) => hash.slice(0, digits)).find((name) => !taken.has(name))!
  taken.add(folder)
  const root = `commits/${repository}/${folder}`
  const claim = plainText(evidence.subject, 2000)
  const commit = { head: hash, ...(claim === '' ? {} : { claim }) }
  tree.write(`${root}/commit.yaml`, settingsText(Commit, `${root}/commit.yaml`, commit))
  tree.write(`${root}/evidence.yaml`, settingsText(Evidence, `${root}/evidence.yaml`, evidence))
  return folder
}
