import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CheckLeaksOptions, checkTexts } from '../../../../plugins/isobench/src/nx/generators/check-leaks.ts'
import { Leak } from '../../../../plugins/isobench/src/schema/leak.ts'
import { failure, newRepository } from '../../../support/git-fixture.ts'
import { type GeneratorTree, createGeneratorTree } from '../../../support/generator-tree.ts'

let workspace: GeneratorTree
let head: string
let folder: string
beforeEach(async () => {
  workspace = await createGeneratorTree()
  const repository = await newRepository()
  const rest = 'def unrelated_helper(text):\n    return text\n\n\ndef between(text):\n    return None\n\n\n\n\n'
  await repository.commit({ files: { 'text/words.py': `${rest}def words(text):\n    return text.split()\n` } })
  head = await repository.commit({
    files: { 'text/words.py': `${rest}def words(text):\n    return unrelated_helper(cached_words(text))\n` },
    message: 'Split every text once (#12)',
  })
  folder = join(workspace.directory, 'commits/text')
  await mkdir(join(folder, head.slice(0, 8)), { recursive: true })
  await repository.bundle(join(folder, 'repository.bundle'))
  await writeFile(
    join(folder, 'repository.yaml'),
    'bundle: repository.bundle\npackage: { name: text, import: text }\nwheels: [{ kind: build }]\n',
  )
  await writeCommit('')
})
afterEach(() => workspace.remove())

async function writeCommit(more: string): Promise<void> {
  await writeFile(join(folder, head.slice(0, 8), 'commit.yaml'), `head: '${head}'\n${more}`)
}

/** What is printed, and the error that the person sees at the end. */
async function check(options: CheckLeaksOptions): Promise<{ printed: string; error: string | null }> {
  workspace.lines.length = 0
  const run = checkTexts(workspace.tree, options, workspace.log)
  const error = await run.then(
    () => null,
    (reason: unknown) => (reason as Error).message,
  )
  return { printed: workspace.lines.join('\n').replaceAll(head.slice(0, 8), '<sha8>'), error }
}

/** A text of a person's own, checked against the commit. */
async function checkText(text: string): Promise<{ printed: string; error: string | null }> {
  const file = join(workspace.directory, 'prompt.md')
  await writeFile(file, text)
  return check({ project: `text-${head.slice(0, 8)}`, text: file })
}

test('a text of one’s own is compared with the change, which need not be analyzed before', async () => {
  expect(await checkText('Make `words` in text/words.py faster.\n')).toEqual({
    printed: 'text-<sha8>: none',
    error: null,
  })
  const { printed, error } = await checkText('Make it faster.\nUse cached_words(text), see pull request 12.\n')
  expect(error).toBe(`the text gives the answer away: text-${head.slice(0, 8)}`)
  expect(printed).toMatchInlineSnapshot(`
    "text-<sha8>: answer
      line 2, new-name (hint): cached_words
        only in added lines: return unrelated_helper(cached_words(text))
      line 2, directive (answer): Use cached_words(text), see pull request 12.
        \`cached_words\` only in added lines
      line 2, reference (answer): Use cached_words(text), see pull request 12.
        the pull request of the commit: #12"
  `)
})

test('what stands elsewhere in the file at base is nothing new, unless the file cannot be read', async () => {
  const text = 'unrelated_helper is not to be changed.'
  expect((await checkText(text)).printed).toBe('text-<sha8>: none')
  const analysis = join(folder, head.slice(0, 8), 'out/analysis.json')
  const { work } = await import('../../../../plugins/isobench/src/nx/stages/analyze.ts')
  const { commitsNamed, contextOf } = await import('../../../../plugins/isobench/src/nx/generators/commit-folders.ts')
  const [commit] = commitsNamed(workspace.tree, [`text-${head.slice(0, 8)}`])
  const outputs = await work(contextOf(workspace.tree, commit!, 'analyze', () => {}))
  await mkdir(join(analysis, '..'))
  await writeFile(analysis, outputs['analysis.json'] as string)
  await Promise.all(
    [join(folder, 'repository.bundle'), join(workspace.directory, '.isobench')].map((path) =>
      rm(path, { recursive: true, force: true }),
    ),
  )
  const { printed } = await checkText(text)
  expect(printed).toMatch(/^text-<sha8>: what stands at base but not in the diff may be called new: /)
  expect(printed).toContain('new-name (hint): unrelated_helper')
})

test('without a text the tasks of all commits are checked', async () => {
  expect(await check({})).toEqual({
    printed: 'no commit has a `task`; `--text FILE` checks a text of your own\n',
    error: null,
  })
  await writeCommit('task: Make `words` faster.\n')
  expect(await check({})).toEqual({ printed: 'text-<sha8>: none', error: null })
  await writeCommit('task: Call cached_words instead of text.split().\n')
  const { printed, error } = await check({ format: 'json' })
  const [{ project, leak }] = JSON.parse(printed)
  expect({ project, severity: Leak.parse(leak).severity }).toEqual({ project: 'text-<sha8>', severity: 'answer' })
  expect(error).toBe(`the text gives the answer away: text-${head.slice(0, 8)}`)
})

test('what cannot be checked is said', async () => {
  expect((await check({ text: 'prompt.md' })).error).toBe('which commit is the text about: prompt.md')
  expect((await check({ project: 'text-00000000' })).error).toBe('no such commit project: text-00000000')
  const missing = await failure(
    checkTexts(workspace.tree, { project: `text-${head.slice(0, 8)}`, text: '/no/such.md' }, workspace.log),
  )
  expect(missing.message).toBe('cannot read the text: /no/such.md')
})
