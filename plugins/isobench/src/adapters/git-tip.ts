import { resolve } from 'node:path'
import { IsobenchError } from '../errors.ts'
import { type Mirror, type MirrorOptions, unreachable } from './git-mirror.ts'

/** Where a walk ends: a commit, and the branch that it was asked for by. */
export interface Tip {
  readonly name: string
  readonly hash: string
}

/**
 * What a branch of the source stands at now; the mirror is brought up to date first.
 * @param branch default: the one that the source calls its HEAD
 * @throws IsobenchError `repository-unreachable`, `bad-input` where there is no such branch or no commit at all
 */
export async function tipOf(mirror: Mirror, options: MirrorOptions, branch?: string): Promise<Tip> {
  const { settings, directory, log } = options
  const { head, branches } =
    settings.url === undefined
      ? await bundleBranches(mirror, resolve(directory, settings.bundle!))
      : await remoteBranches(mirror, settings.url, log)
  const name = branch ?? head
  const hash = name === undefined ? undefined : branches.get(name)
  if (hash !== undefined) return { name: name!, hash }
  if (branches.size === 0) throw new IsobenchError('bad-input', `the repository has no commit, ${mirror.source}`)
  throw new IsobenchError('bad-input', `no such branch, ${mirror.source}: ${name ?? 'HEAD'}`, {
    hint: `name one as \`branch\` in mining.yaml: ${[...branches.keys()].slice(0, 20).join(', ')}`,
  })
}

interface Branches {
  readonly head: string | undefined
  /** Hashes by the name of the branch */
  readonly branches: ReadonlyMap<string, string>
}

/** The name of HEAD comes from the source, the hashes from the mirror, which has them in any case. */
async function remoteBranches(mirror: Mirror, url: string, log: MirrorOptions['log']): Promise<Branches> {
  await mirror.refresh('', log)
  const answer = await mirror.git
    .raw(['ls-remote', '--symref', '--end-of-options', url, 'HEAD'])
    .catch((error: unknown) => {
      throw unreachable(mirror.source, error)
    })
  const kept = await mirror.git.raw(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/'])
  return { head: /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(answer)?.[1], branches: branchesIn(kept) }
}

/** A bundle that was made of HEAD alone, or says where it stood, needs no name of a branch. */
async function bundleBranches(mirror: Mirror, path: string): Promise<Branches> {
  const heads = await mirror.git.raw(['bundle', 'list-heads', path])
  const branches = branchesIn(heads)
  const hash = /^([0-9a-f]{40}) HEAD$/m.exec(heads)?.[1]
  if (hash === undefined) return { head: branches.size === 1 ? [...branches.keys()][0] : undefined, branches }
  return { head: 'HEAD', branches: new Map([...branches, ['HEAD', hash]]) }
}

function branchesIn(text: string): Map<string, string> {
  return new Map(Array.from(text.matchAll(/^([0-9a-f]{40}) refs\/heads\/(.+)$/gm), ([, hash, name]) => [name!, hash!]))
}
