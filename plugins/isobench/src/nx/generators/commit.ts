import type { Tree } from '@nx/devkit'
import { parseSettings } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { Commit } from '../../schema/commit.ts'
import type { Repository } from '../../schema/repository.ts'
import { type Log, generator } from './generator.ts'
import { openRepository, readRepository } from './repositories.ts'
import { plainText, settingsText } from './settings-text.ts'

/** Nx gives an option of at most 15 digits as a number. */
export interface CommitOptions {
  readonly repository: string
  readonly head: string | number
  readonly base?: string | number
  readonly claim?: string | number
}

/** Adds a performance commit: `commits/<repository>/<sha8>/commit.yaml`. */
export async function addCommit(tree: Tree, options: CommitOptions, log: Log): Promise<void> {
  const repository = readRepository(tree, options.repository)
  const asked = {
    head: hash('head', options.head),
    base: options.base === undefined ? undefined : hash('base', options.base),
  }
  refuseEqual(asked)
  const found = await resolve(tree, options.repository, repository, asked, log)
  refuseEqual(found)
  const file = `commits/${options.repository}/${found.head.slice(0, 8)}/commit.yaml`
  if (isThere(tree, file, found)) return log(`already there: ${file}`)
  const claim = plainText(String(options.claim ?? found.subject ?? ''), 2000)
  const { head, base } = found
  const settings = { head, ...(base === undefined ? {} : { base }), ...(claim === '' ? {} : { claim }) }
  tree.write(file, settingsText(Commit, file, settings))
  log(`next: npx nx run ${options.repository}-${head.slice(0, 8)}:assemble`)
}

export const commit = generator(addCommit)

interface Asked {
  readonly head: string
  readonly base: string | undefined
}

/** Full hashes and the subject, as the repository tells them; without it, full hashes are believed with a warning. */
async function resolve(
  tree: Tree,
  name: string,
  settings: Repository,
  asked: Asked,
  log: Log,
): Promise<Asked & { readonly subject?: string }> {
  try {
    const git = await openRepository(tree, name, settings, log)
    const head = await git.resolve(asked.head)
    const base = asked.base === undefined ? undefined : await git.resolve(asked.base)
    const { message } = await git.commit(head)
    return { head, base, subject: message.split('\n', 1)[0]! }
  } catch (error) {
    if (!isUnreachable(error)) throw error
    const abbreviated = [asked.head, asked.base].find((prefix) => prefix !== undefined && prefix.length < 40)
    if (abbreviated !== undefined) {
      throw new IsobenchError(error.code, `cannot complete the commit hash ${abbreviated}: ${error.message}`, {
        hint: 'give all 40 digits, or see that the repository can be reached',
        cause: error,
      })
    }
    log(`warning: nobody checked that the commit exists: ${error.message}`)
    return asked
  }
}

function isUnreachable(error: unknown): error is IsobenchError {
  return (
    error instanceof IsobenchError && ['repository-unreachable', 'network', 'prerequisite-missing'].includes(error.code)
  )
}

function hash(option: 'head' | 'base', text: string | number): string {
  const lower = String(text).toLowerCase()
  if (/^[0-9a-f]{7,40}$/.test(lower)) return lower
  throw new IsobenchError('bad-input', `not a commit hash at \`--${option}\`: ${text}`, {
    hint: 'a commit hash has 40 hexadecimal digits; at least the first 7 are needed',
  })
}

function refuseEqual({ head, base }: Asked): void {
  if (head !== base) return
  throw new IsobenchError('bad-input', `base and head are the same commit: ${head}`, {
    hint: 'leave `--base` out to compare with the first parent',
  })
}

/** Whether this very commit is there. Without `--base` any base is right: a person may have chosen it. */
function isThere(tree: Tree, file: string, wanted: Asked): boolean {
  const text = tree.read(file, 'utf8')
  if (text === null) return false
  const present = parseSettings(Commit, text, file)
  if (present.head === wanted.head && (wanted.base === undefined || wanted.base === present.base)) return true
  const difference =
    present.head === wanted.head ? `base ${present.base ?? 'is the first parent'}` : `head ${present.head}`
  throw new IsobenchError('bad-input', `another commit is there already: ${file}: ${difference}`, {
    hint: 'edit or remove that file first',
  })
}
