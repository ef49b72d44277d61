import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type Git, type MirrorOptions, openMirror } from '../../plugins/isobench/src/adapters/git.ts'
import type { IsobenchError } from '../../plugins/isobench/src/errors.ts'
import type { Repository } from '../../plugins/isobench/src/schema/repository.ts'
import { type GitServer, serveRepository } from './git-server.ts'
import { type TestRepository, createRepository } from './repository.ts'

const cleanUps: (() => Promise<void>)[] = []

// Everything made here is gone after the test that made it.
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-git-'))
  cleanUps.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function newRepository(): Promise<TestRepository> {
  const repository = await createRepository()
  cleanUps.push(() => repository.remove())
  return repository
}

export async function served(repository: TestRepository): Promise<GitServer> {
  const server = await serveRepository(repository.directory)
  cleanUps.push(() => server.close())
  return server
}

export function repositorySettings(source: { url: string } | { bundle: string }): Repository {
  return { ...source, package: { name: 'text', import: 'text' }, wheels: [{ kind: 'build' }] }
}

/** Options to open a mirror in a store of its own; what it logs is added to `lines`. */
export async function mirrorOptions(
  source: { url: string } | { bundle: string },
  lines: string[] = [],
): Promise<MirrorOptions> {
  const directory = await temporaryFolder()
  return {
    name: 'text',
    settings: repositorySettings(source),
    directory,
    storeDirectory: join(directory, 'store'),
    log: (line) => void lines.push(line),
  }
}

/** The repository as a bundle, opened as a mirror. */
export async function bundled(repository: TestRepository): Promise<Git> {
  const options = await mirrorOptions({ bundle: 'text.bundle' })
  await repository.bundle(join(options.directory, 'text.bundle'))
  return openMirror(options)
}

/** The IsobenchError that `promise` must end with. */
export async function failure(promise: Promise<unknown>): Promise<IsobenchError> {
  const error = await promise.then(
    () => new Error('expected a failure'),
    (reason: unknown) => reason,
  )
  if (error instanceof Error && error.name === 'IsobenchError') return error as IsobenchError
  throw error
}
