import type { Tree } from '@nx/devkit'
import { IsobenchError } from '../../errors.ts'
import { StageContext } from '../context.ts'
import type { Log } from './generator.ts'

/** A commit of this workspace: its project and its folder. */
export interface CommitFolder {
  readonly name: string
  readonly root: string
}

/** Every commit whose folder is there, also where nx.json keeps it out of the graph. */
export function commitFolders(tree: Tree): CommitFolder[] {
  return tree.children('commits').flatMap((repository) =>
    tree
      .children(`commits/${repository}`)
      .filter((folder) => tree.exists(`commits/${repository}/${folder}/commit.yaml`))
      .map((folder) => ({ name: `${repository}-${folder}`, root: `commits/${repository}/${folder}` })),
  )
}

/** The commits of these projects. @throws IsobenchError `bad-input` for a project that is none */
export function commitsNamed(tree: Tree, names: readonly string[]): CommitFolder[] {
  const known = new Map(commitFolders(tree).map((commit) => [commit.name, commit]))
  return [...new Set(names)].map((name) => {
    const commit = known.get(name)
    if (commit !== undefined) return commit
    throw new IsobenchError('bad-input', `no such commit project: ${name}`, {
      hint: '`npx nx show projects --projects tag:commit` lists them',
    })
  })
}

/** What a stage of the commit would be given. */
export function contextOf(tree: Tree, { name, root }: CommitFolder, purpose: string, log: Log): StageContext {
  const nx = { root: tree.root, projectsConfigurations: { projects: { [name]: { root } } } }
  return new StageContext(nx, name, purpose, log)
}
