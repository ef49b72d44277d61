import type { Tree } from '@nx/devkit'
import { parseSettings } from '../../domain/settings.ts'
import { Commit } from '../../schema/commit.ts'
import { Evidence } from '../../schema/evidence.ts'
import { plainText, settingsText } from './settings-text.ts'

/** The commits of a repository that are there. */
export interface PresentCommits {
  /** Folder by head; by the folder's own name where `commit.yaml` cannot be read */
  readonly heads: ReadonlyMap<string, string>
  readonly evidence: ReadonlyMap<string, Evidence>
}

/** Reads only what mining has to know: a `commit.yaml` that is being edited stops nothing. */
export function presentCommits(tree: Tree, repository: string): PresentCommits {
  const heads = new Map<string, string>()
  const evidence = new Map<string, Evidence>()
  for (const folder of tree.children(`commits/${repository}`)) {
    const text = tree.read(`commits/${repository}/${folder}/commit.yaml`, 'utf8')
    if (text === null) continue
    heads.set(/^head:\s*['"]?([0-9a-f]{40})\b/m.exec(text)?.[1] ?? folder, folder)
    const file = `commits/${repository}/${folder}/evidence.yaml`
    const found = tree.read(file, 'utf8')
    if (found !== null) evidence.set(folder, parseSettings(Evidence, found, file))
  }
  return { heads, evidence }
}

/**
 * Writes `commit.yaml` and `evidence.yaml` of a proposal; a folder that is there is never touched.
 * @returns the folder, whose name has more than eight digits where another commit has these
 */
export function writeProposal(tree: Tree, repository: string, hash: string, evidence: Evidence): string {
  const folder = [8, 12, 16, 40]
    .map((digits) => hash.slice(0, digits))
    .find((name) => tree.children(`commits/${repository}/${name}`).length === 0)!
  const root = `commits/${repository}/${folder}`
  const claim = plainText(evidence.subject, 2000)
  const commit = { head: hash, ...(claim === '' ? {} : { claim }) }
  tree.write(`${root}/commit.yaml`, settingsText(Commit, `${root}/commit.yaml`, commit))
  tree.write(`${root}/evidence.yaml`, settingsText(Evidence, `${root}/evidence.yaml`, evidence))
  return folder
}
