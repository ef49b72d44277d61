import { join } from 'node:path'
import { expect } from 'vitest'
import { projectFiles } from './python-project.ts'
import { type TestRepository, createRepository } from './repository.ts'
import { type NxResult, type Workspace, createWorkspace } from './workspace.ts'

/** The commits of a small Python project, by what is odd about them. `faster` is the ordinary one. */
export interface Commits {
  readonly root: string
  readonly faster: string
  readonly documentation: string
  readonly longMessage: string
  readonly merge: string
  readonly oddFiles: string
}

export const megabyte = 'x'.repeat(1_000_000)

/** A workspace whose one repository `sample` holds those commits. It has no project yet. */
export async function createSampleWorkspace(): Promise<{ workspace: Workspace; commits: Commits }> {
  const workspace = await createWorkspace()
  const repository = await createRepository()
  try {
    const moved = 'def moved():\n    return [number * number for number in range(100)]\n'
    const root = await repository.commit({ files: { ...projectFiles(), 'sample/old.py': moved, 'README.md': 'one\n' } })
    const faster = await repository.commit({ files: { 'sample/__init__.py': 'VALUE = 2\n' }, message: 'Faster\n' })
    const documentation = await repository.commit({ files: { 'README.md': 'two\n' }, message: 'Explain\n' })
    const long = { files: { 'sample/__init__.py': 'VALUE = 3\n' }, message: `Long\n\n${megabyte}\n` }
    const longMessage = await repository.commit(long)
    const side = await repository.commit({ files: { 'sample/side.py': 'SIDE = 1\n' }, reference: null })
    const merge = await repository.commit({
      files: { 'sample/side.py': 'SIDE = 1\n' },
      parents: [longMessage, side],
      message: 'Merge side\n',
    })
    const odd = await repository.commit({
      files: {
        'sample/old.py': null,
        'sample/new.py': moved,
        'sample/table.bin': Uint8Array.of(0, 255, 0, 254),
        'vendored/library': { submodule: root },
      },
      rawFiles: [
        { path: Buffer.from('sample/caf\xe9.py', 'latin1'), content: Buffer.from('NAME = "\xe9"\n', 'latin1') },
      ],
    })
    const oddFiles = await withMessage(repository, odd, Buffer.from('Caf\xe9\n', 'latin1'))
    const settings = 'bundle: sample.bundle\npackage: { name: sample, import: sample }\nwheels: [{ kind: build }]\n'
    await workspace.write('commits/sample/repository.yaml', settings)
    await repository.bundle(join(workspace.directory, 'commits/sample/sample.bundle'))
    return { workspace, commits: { root, faster, documentation, longMessage, merge, oddFiles } }
  } finally {
    await repository.remove()
  }
}

/** The error and the hint of one task; empty when it said neither. */
export function said({ output }: NxResult, project: string, stage: string): string[] {
  return new RegExp(`^${project} ${stage}: (error: .*)\n{1,2}(hint: .*)$`, 'm').exec(output)?.slice(1) ?? []
}

/** No stack trace, and no error that the tool did not foresee. */
export function expectNoTrace({ output }: NxResult): void {
  expect(output).not.toMatch(/^\s+at /m)
  expect(output).not.toContain('bug: ')
}

/** The commit again with another message, byte for byte: `git commit-tree` would make UTF-8 of it. */
async function withMessage(repository: TestRepository, commit: string, message: Uint8Array): Promise<string> {
  const [headers] = (await repository.git('cat-file', 'commit', commit)).split('\n\n')
  const content = Buffer.concat([Buffer.from(`${headers}\n\n`), message])
  const hash = await repository.gitWithInput(['hash-object', '-t', 'commit', '-w', '--stdin'], content)
  await repository.git('update-ref', 'refs/heads/odd', hash)
  return hash
}
