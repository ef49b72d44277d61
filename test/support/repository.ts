import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { child } from './child.ts'

/** What stands at a path: text or bytes, nothing any more (null), or something that is no plain file. */
type FileContent = string | Uint8Array | null | { link: string } | { submodule: string } | { executable: string }

/** One commit to make. Files that are not named stay as they are in the first parent. */
export interface CommitOptions {
  readonly files?: Readonly<Record<string, FileContent>>
  /** Files whose paths are no UTF-8 */
  readonly rawFiles?: readonly { readonly path: Uint8Array; readonly content: FileContent }[]
  readonly message?: string | Uint8Array
  /** RFC 3339; author and committer have the same */
  readonly date?: string
  /** Default: the commit made before; `[]` makes a root commit */
  readonly parents?: readonly string[]
  /** Reference that then names the commit; null leaves it on no branch */
  readonly reference?: string | null
}

/** A real bare git repository in a temporary folder. Equal calls make equal hashes. */
export interface TestRepository {
  readonly directory: string
  commit(options: CommitOptions): Promise<string>
  git(...args: string[]): Promise<string>
  /** Runs git with bytes on standard input. */
  gitWithInput(args: readonly string[], input: string | Uint8Array): Promise<string>
  /** Writes a bundle with all references. */
  bundle(path: string): Promise<void>
  remove(): Promise<void>
}

export async function createRepository(): Promise<TestRepository> {
  const directory = await mkdtemp(join(tmpdir(), 'isobench-repository-'))
  let previous: string | undefined
  const gitWithInput = (args: readonly string[], input: string | Uint8Array, environment = {}) =>
    runGit(directory, args, input, environment)
  const repository: TestRepository = {
    directory,
    gitWithInput,
    git: (...args) => gitWithInput(args, ''),
    commit: async (options) => {
      const parents = options.parents ?? (previous === undefined ? [] : [previous])
      const tree = await writeTree(repository, parents[0], options)
      const date = options.date ?? '2024-01-01T00:00:00Z'
      const hash = await gitWithInput(
        ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])],
        options.message ?? 'a commit\n',
        { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      )
      const reference = options.reference === undefined ? 'refs/heads/main' : options.reference
      if (reference !== null) await repository.git('update-ref', reference, hash)
      previous = hash
      return hash
    },
    bundle: async (path) => {
      await repository.git('bundle', 'create', '--quiet', path, '--all')
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
  await repository.git('init', '--quiet', '--bare', '--initial-branch=main')
  return repository
}

async function writeTree(repository: TestRepository, parent: string | undefined, options: CommitOptions) {
  await repository.git('read-tree', ...(parent === undefined ? ['--empty'] : [parent]))
  const named = Object.entries(options.files ?? {}).map(([path, content]) => ({ path: Buffer.from(path), content }))
  const lines: Uint8Array[] = []
  for (const { path, content } of [...named, ...(options.rawFiles ?? [])]) {
    lines.push(Buffer.from(`${await entry(repository, content)}\t`), path, Buffer.from('\0'))
  }
  await repository.gitWithInput(['update-index', '-z', '--index-info'], Buffer.concat(lines))
  return repository.git('write-tree')
}

/** `mode hash` as `git update-index --index-info` reads it. */
async function entry(repository: TestRepository, content: FileContent): Promise<string> {
  const blob = (bytes: string | Uint8Array) => repository.gitWithInput(['hash-object', '-w', '--stdin'], bytes)
  if (content === null) return `0 ${'0'.repeat(40)}`
  if (typeof content === 'string' || content instanceof Uint8Array) return `100644 ${await blob(content)}`
  if ('link' in content) return `120000 ${await blob(content.link)}`
  if ('submodule' in content) return `160000 ${content.submodule}`
  return `100755 ${await blob(content.executable)}`
}

async function runGit(
  directory: string,
  args: readonly string[],
  input: string | Uint8Array,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const ended = await child('git', args, {
    cwd: directory,
    input,
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
      ...environment,
    },
  })
  if (ended.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${ended.stderr}`)
  return ended.stdout.toString().replace(/\n$/, '')
}
