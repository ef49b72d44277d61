import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cleanEnvironment, run } from '../../plugins/isobench/src/adapters/process.ts'

/** 2024-01-01, in seconds since 1970: long enough ago that a missing wheel is final. */
const firstDate = 1_704_067_200

/**
 * Makes a git bundle with so many commits after a first one, each of which edits one line of the documentation: the
 * cheapest change that every stage still looks at. Equal counts give equal hashes.
 * @param files what the first one has besides, path to text
 * @param edited the file that each one edits, and what it then holds
 * @returns the hashes of the commits but the first, oldest first
 */
export async function bundleOfTinyCommits(
  count: number,
  bundle: string,
  files: Readonly<Record<string, string>> = {},
  edited: Edited = documentation,
): Promise<string[]> {
  const directory = `${bundle}.git`
  await mkdir(directory, { recursive: true })
  const git = async (args: readonly string[], input?: string): Promise<void> => {
    const environment = cleanEnvironment({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' })
    const result = await run('git', args, { cwd: directory, environment, ...(input === undefined ? {} : { input }) })
    if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`)
  }
  try {
    await git(['init', '--quiet', '--bare', '--object-format=sha1', '--template='])
    await git(['fast-import', '--quiet', '--export-marks=marks'], importStream(count + 1, files, edited))
    await git(['bundle', 'create', '--quiet', bundle, 'refs/heads/main'])
    return hashesOf(await readFile(join(directory, 'marks'), 'utf8')).slice(1)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The file that an edit changes, and its text afterwards. */
type Edited = (edit: number) => { readonly path: string; readonly text: string }

const documentation: Edited = (number) => ({ path: 'docs/notes.md', text: `This is edit ${number}.\n` })

/** What `git fast-import` reads; a commit on the same branch follows the one before it. */
function importStream(count: number, files: Readonly<Record<string, string>>, edited: Edited): string {
  const [first = '', ...others] = Array.from({ length: count }, (_, index) => edit(index + 1, edited))
  const added = Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`)
  return [first, ...added, ...others].join('')
}

function edit(number: number, edited: Edited): string {
  const { path, text } = edited(number)
  return [
    'commit refs/heads/main',
    `mark :${number}`,
    `committer Bench <bench@example.org> ${firstDate + 60 * number} +0000`,
    `${data(`Edit ${number}`)}M 100644 inline ${path}`,
    data(text),
  ].join('\n')
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

/** `:<number> <hash>` a line, in any order. */
function hashesOf(marks: string): string[] {
  return marks
    .trim()
    .split('\n')
    .map((line) => line.slice(1).split(' ') as [string, string])
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([, hash]) => hash)
}
