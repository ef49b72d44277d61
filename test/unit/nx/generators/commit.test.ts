import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addCommit, commit } from '../../../../plugins/isobench/src/nx/generators/commit.ts'
import { type GeneratorTree, createBundle, createClone, createGeneratorTree } from '../../../support/generator-tree.ts'

const full = 'ab'.repeat(20)
const other = 'cd'.repeat(20)

let workspace: GeneratorTree
let hashes: string[]

beforeEach(async () => {
  workspace = await createGeneratorTree()
  const { directory, tree } = workspace
  hashes = await createClone(join(directory, 'clone'), ['First', 'Second\n\nBody', 'Make parsing faster (#3)\n\nBody'])
  await mkdir(join(directory, 'commits/local'), { recursive: true })
  await createBundle(join(directory, 'clone'), join(directory, 'commits/local/repository.bundle'))
  tree.write('commits/local/repository.yaml', repositoryYaml('bundle: repository.bundle'))
  tree.write('commits/away/repository.yaml', repositoryYaml('url: http://127.0.0.1:9/away'))
})

afterEach(() => workspace.remove())

function repositoryYaml(source: string): string {
  return `${source}\npackage: { name: demo, import: demo }\nwheels: [{ kind: build }]\n`
}

/** Runs the generator and gives back what it wrote. */
async function add(options: Parameters<typeof addCommit>[1]): Promise<string | null> {
  await addCommit(workspace.tree, options, workspace.log)
  const written = workspace.tree.listChanges().filter(({ path }) => path.endsWith('/commit.yaml'))
  return written.at(-1)?.content?.toString() ?? null
}

describe('commit, where the repository can be reached', () => {
  it('completes an abbreviated hash and takes the subject as the claim', async () => {
    const [, , head] = hashes as [string, string, string]
    const text = await add({ repository: 'local', head: head.slice(0, 7).toUpperCase() })
    expect(text).toBe(
      `# yaml-language-server: $schema=../../../node_modules/nx-isobench/schemas/commit.json\nhead: '${head}'\nclaim: Make parsing faster (#3)\n`,
    )
    expect(workspace.tree.exists(`commits/local/${head.slice(0, 8)}/commit.yaml`)).toBe(true)
    expect(workspace.lines).toEqual([
      'copying the repository, bundle: repository.bundle',
      `next: npx nx run local-${head.slice(0, 8)}:assemble`,
    ])
  })

  it('completes the base and takes the claim that it is given', async () => {
    const [first, , head] = hashes as [string, string, string]
    const text = await add({ repository: 'local', head, base: first.slice(0, 9), claim: '2x: less' })
    expect(text).toContain(`head: '${head}'\nbase: '${first}'\nclaim: '2x: less'\n`)
  })

  it('takes a hash of digits only, which Nx gives as a number', async () => {
    await expect(add({ repository: 'local', head: 12_345_678 })).rejects.toThrow(
      'no such commit in the repository: 12345678',
    )
  })

  it('refuses a commit that the repository does not have', async () => {
    await expect(add({ repository: 'local', head: full })).rejects.toMatchObject({
      code: 'commit-not-found',
      message: `no such commit in the repository: ${full}`,
    })
  })

  it('refuses base equal to head, also when they are typed in different lengths', async () => {
    const [, , head] = hashes as [string, string, string]
    const typed = { repository: 'local', head: head.slice(0, 10), base: head.slice(0, 12) }
    await expect(add(typed)).rejects.toMatchObject({
      code: 'bad-input',
      message: `base and head are the same commit: ${head}`,
    })
    expect(workspace.tree.exists(`commits/local/${head.slice(0, 8)}/commit.yaml`)).toBe(false)
  })

  it('changes nothing when the commit is there already', async () => {
    const [first, , head] = hashes as [string, string, string]
    const before = await add({ repository: 'local', head, base: first })
    expect(await add({ repository: 'local', head })).toBe(before)
    expect(workspace.lines.at(-1)).toBe(`already there: commits/local/${head.slice(0, 8)}/commit.yaml`)
  })

  it('refuses to replace a commit that differs', async () => {
    const [first, second, head] = hashes as [string, string, string]
    const file = `commits/local/${head.slice(0, 8)}/commit.yaml`
    await add({ repository: 'local', head, base: first })
    await expect(add({ repository: 'local', head, base: second })).rejects.toThrow(
      `another commit is there already: ${file}: base ${first}`,
    )
    const twin = head.slice(0, 8) + '0'.repeat(32)
    workspace.tree.write(file, `head: '${twin}'\n`)
    await expect(add({ repository: 'local', head })).rejects.toThrow(
      `another commit is there already: ${file}: head ${twin}`,
    )
  })
})

describe('commit, where the repository cannot be reached', () => {
  it('believes a full hash and says that nobody checked it', async () => {
    const text = await add({ repository: 'away', head: full, base: other })
    expect(text).toContain(`head: '${full}'\nbase: '${other}'\n`)
    expect(workspace.lines.find((line) => line.startsWith('warning: '))).toMatch(
      /^warning: nobody checked that the commit exists: cannot read the repository, url: http:\/\/127\.0\.0\.1:9\/away: /,
    )
  })

  it('refuses an abbreviated hash', async () => {
    await expect(add({ repository: 'away', head: full, base: 'cdcdcdc' })).rejects.toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringMatching(/^cannot complete the commit hash cdcdcdc: cannot read the repository/),
      hint: 'give all 40 digits, or see that the repository can be reached',
    })
    expect(workspace.tree.exists('commits/away/abababab/commit.yaml')).toBe(false)
  })
})

describe('commit, given nonsense', () => {
  it.each([
    [{ repository: 'nowhere', head: full }, 'unknown repository: nowhere', 'known repositories: away, local'],
    [{ repository: '../local', head: full }, 'not a repository name: ../local', 'known repositories: away, local'],
    [{ repository: 'a/b', head: full }, 'not a repository name: a/b', 'known repositories: away, local'],
    [{ repository: 'local', head: 'HEAD~1' }, 'not a commit hash at `--head`: HEAD~1', undefined],
    [{ repository: 'local', head: 12345 }, 'not a commit hash at `--head`: 12345', undefined],
    [{ repository: 'local', head: 'abcdef' }, 'not a commit hash at `--head`: abcdef', undefined],
    [{ repository: 'local', head: full, base: '' }, 'not a commit hash at `--base`: ', undefined],
    [
      { repository: 'local', head: full, base: full.toUpperCase() },
      `base and head are the same commit: ${full}`,
      undefined,
    ],
  ])('%j', async (options, message, hint) => {
    const expected = { code: 'bad-input', message, ...(hint === undefined ? {} : { hint }) }
    await expect(add(options)).rejects.toMatchObject(expected)
    expect(workspace.tree.listChanges().filter(({ path }) => path.endsWith('commit.yaml'))).toEqual([])
  })

  it('points at the place in a repository.yaml that is wrong', async () => {
    workspace.tree.write('commits/local/repository.yaml', 'url: https://example.org/a\nwheel: []\n')
    await expect(add({ repository: 'local', head: full })).rejects.toThrow(
      /^commits\/local\/repository\.yaml:\d+:\d+: /,
    )
  })

  it('shows Nx one line and a hint, and no stack', async () => {
    const shown = await commit(workspace.tree, { repository: 'nowhere', head: full }).catch((error: Error) => error)
    expect(shown).toMatchObject({
      message: 'unknown repository: nowhere\n\nhint: known repositories: away, local',
      stack: '',
    })
  })
})
