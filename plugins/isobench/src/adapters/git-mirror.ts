import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type SimpleGit, simpleGit } from 'simple-git'
import { IsobenchError } from '../errors.ts'
import { Slug } from '../schema/primitives.ts'
import type { Repository } from '../schema/repository.ts'
import { exists, sha256 } from './files.ts'
import { type GitProcesses, openGitProcesses } from './git-processes.ts'
import { cleanEnvironment } from './process.ts'

/** Where a mirror comes from. */
export interface MirrorOptions {
  /** Name of the repository in the workspace */
  readonly name: string
  readonly settings: Pick<Repository, 'url' | 'bundle'>
  /** Folder of `repository.yaml`; a bundle lies below it */
  readonly directory: string
  readonly storeDirectory: string
  readonly log: (message: string) => void
}

/** A bare repository of our own that holds what the source holds. */
export interface Mirror {
  readonly directory: string
  readonly git: SimpleGit
  readonly processes: GitProcesses
  /** What messages call the source: its key and value in `repository.yaml` */
  readonly source: string
  /** Fetches what is new at the source, then `commit` itself if it is on no branch. A bundle never has anything new. */
  refresh(commit: string, log: (message: string) => void): Promise<void>
}

/** Settings of the mirror: no hook, no program, no protocol but those that a source can have, no garbage collection. */
const config = `[core]
	repositoryformatversion = 0
	bare = true
	filemode = true
	hooksPath = /dev/null
	fsmonitor = false
	attributesFile = /dev/null
[protocol]
	allow = never
[protocol "file"]
	allow = always
[protocol "http"]
	allow = always
[protocol "https"]
	allow = always
[http]
	lowSpeedLimit = 1000
	lowSpeedTime = 120
[gc]
	auto = 0
[maintenance]
	auto = false
[fetch]
	recurseSubmodules = false
	writeCommitGraph = false
`

/** Attributes that win over those in the commits: every file is given out byte for byte. */
const attributes = '* !diff -text !eol -filter -ident -working-tree-encoding -export-ignore -export-subst\n'

const guardedVariables = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_LITERAL_PATHSPECS: '1',
}

/** simple-git on one bare repository, deaf to the settings of the machine, the user and the caller. */
function gitIn(directory: string): SimpleGit {
  return simpleGit({
    baseDir: directory,
    allowEnvironment: [...Object.keys(guardedVariables), 'GIT_DIR'],
    unsafe: { allowUnsafeConfigPaths: true },
    errors: (_, result) =>
      result.exitCode === 0 ? undefined : Buffer.concat([...result.stdErr, Buffer.from(` (exit ${result.exitCode})`)]),
  }).env(gitEnvironment(directory))
}

/** The variables of a git process that reads one bare repository and nothing else. */
export function gitEnvironment(directory: string): Record<string, string> {
  return { ...cleanEnvironment({ LC_ALL: 'C' }), ...guardedVariables, GIT_DIR: directory }
}

/** Work of this process on a mirror that is under way, so that parallel stages do not do it twice. */
const underWay = new Map<string, Promise<void>>()

/**
 * Makes the mirror if it is not there. Another source (URL, or content of the bundle) has another mirror, so a mirror
 * never holds commits that its source does not have.
 * @throws IsobenchError `repository-unreachable` when the source cannot be read
 */
export async function openSource(options: MirrorOptions): Promise<Mirror> {
  if (!Slug.safeParse(options.name).success) {
    throw new IsobenchError('bad-input', `not a repository name: ${options.name}`)
  }
  const { url, bundle } = options.settings
  const location = url ?? resolve(options.directory, bundle ?? '')
  const source = url === undefined ? `bundle: ${bundle}` : `url: ${withoutCredentials(url)}`
  const digest = sha256(url ?? (await readBundle(location, source))).slice(0, 12)
  const directory = join(options.storeDirectory, 'mirrors', `${options.name}-${digest}.git`)
  await once(directory, async () => {
    if (await exists(directory)) return
    options.log(`copying the repository, ${source}`)
    await createMirror(directory, (made) =>
      url === undefined ? fetchBundle(made, location, source) : fetchUrl(made, url, source),
    )
  })
  const git = gitIn(directory)
  return {
    directory,
    git,
    processes: openGitProcesses(gitEnvironment(directory)),
    source,
    refresh: async (commit, log) => {
      if (url === undefined) return
      await once(`fetch ${directory}`, async () => {
        log(`fetching what is new, ${source}`)
        await fetchUrl(git, url, source)
      })
      await fetchCommit(git, url, source, commit)
    },
  }
}

function once(key: string, work: () => Promise<void>): Promise<void> {
  const running = underWay.get(key) ?? work().finally(() => underWay.delete(key))
  underWay.set(key, running)
  return running
}

/** Builds the mirror beside its place and moves it there whole; whoever comes second takes what the first one made. */
async function createMirror(directory: string, fetchAll: (git: SimpleGit) => Promise<void>): Promise<void> {
  const temporary = `${directory}.${randomBytes(6).toString('hex')}.tmp`
  await mkdir(temporary, { recursive: true })
  try {
    const git = gitIn(temporary)
    await git.raw(['init', '--quiet', '--bare'])
    await mkdir(join(temporary, 'info'), { recursive: true })
    await writeFile(join(temporary, 'config'), config)
    await writeFile(join(temporary, 'info', 'attributes'), attributes)
    await fetchAll(git)
    await rename(temporary, directory)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    if (!(await exists(directory))) throw error
  }
}

const fetchOptions = ['--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules']

/**
 * Another process may be fetching the same references, which git answers with an error: then it is tried again. A source
 * that is shallow makes a shallow mirror; without the option git takes nothing of it, and says nothing.
 */
async function fetchUrl(git: SimpleGit, url: string, source: string): Promise<void> {
  const references = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
  for (let attempt = 1; ; attempt++) {
    try {
      await git.raw(['fetch', ...fetchOptions, '--prune', '--update-shallow', '--end-of-options', url, ...references])
      return
    } catch (error) {
      if (attempt === 5 || !/cannot lock ref|unable to create .*\.lock/i.test(String(error))) {
        throw unreachable(source, error)
      }
      await setTimeout(attempt * 500)
    }
  }
}

/** A commit of a pull request is on no branch; some hosts give it out by its hash. Absence shows when it is looked up. */
async function fetchCommit(git: SimpleGit, url: string, source: string, commit: string): Promise<void> {
  if (commit.length < 40) return
  const reference = `+${commit}:refs/isobench/${commit}`
  await git.raw(['fetch', ...fetchOptions, '--end-of-options', url, reference]).catch((error: unknown) => {
    if (!/not our ref|unadvertised object|find remote ref/i.test(String(error))) throw unreachable(source, error)
  })
}

/** Where the tags of a bundle are kept. */
export const bundledTags = 'refs/isobench/tags/'

/**
 * A bundle may name anything; its references are kept out of ours, so that none of them means something to git. Tags
 * keep their names, where these are plain, below a folder that git does not look in.
 */
async function fetchBundle(git: SimpleGit, path: string, source: string): Promise<void> {
  try {
    const heads = (await git.raw(['bundle', 'list-heads', path])).split('\n').filter((line) => line !== '')
    const references = heads.map((line, index) => {
      const name = line.slice(line.indexOf(' ') + 1)
      const tag = /^refs\/tags\/([A-Za-z0-9](?:[A-Za-z0-9_+-]|[./](?=[A-Za-z0-9]))*)$/.exec(name)?.[1]
      const isPlain = tag !== undefined && !/\.lock(\/|$)/.test(tag)
      return `+${name}:${isPlain ? `${bundledTags}${tag}` : `refs/isobench/bundle/${index}`}`
    })
    await git.raw(['fetch', ...fetchOptions, '--end-of-options', path, ...references])
  } catch (error) {
    throw unreachable(source, error)
  }
}

async function readBundle(path: string, source: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw unreachable(source, error)
  })
}

/** The failure to read a source. */
export function unreachable(source: string, cause: unknown): IsobenchError {
  const lines = withoutCredentials(cause instanceof Error ? cause.message : String(cause)).split('\n')
  const reason = lines.find((line) => line.startsWith('fatal: ')) ?? lines[0] ?? ''
  return new IsobenchError('repository-unreachable', `cannot read the repository, ${source}: ${reason}`, {
    hint: 'check `url` or `bundle` in repository.yaml, and the network',
    cause,
  })
}

function withoutCredentials(text: string): string {
  return text.replaceAll(/(https?:\/\/)[^/@\s]*@/g, '$1')
}
