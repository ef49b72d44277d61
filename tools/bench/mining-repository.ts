import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'

const files = 300
const linesOfFile = 120

/** One in twelve says that it is about speed, as in the four repositories of docs/mining.md about one in thirty is. */
const subjects = [
  'Speed up the lookup of {n}',
  'Fix the handling of {n}',
  'Add an option for {n}',
  'docs: explain {n}',
  'Rename a helper of {n}',
  'Refactor {n}',
  'Support {n} in the parser',
  'Handle an empty {n}',
  'Bump version to {n}',
  'Improve the error message of {n}',
  'Remove a deprecated name in {n}',
  'Test {n}',
]

/** A bare repository with so many commits in a row, each of which changes one line of one of 300 Python files. */
export async function makeHistory(commits: number): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'isobench-bench-history-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  await finished(spawn('git', ['init', '--quiet', '--bare', '--initial-branch=main', directory]))
  const git = spawn('git', ['fast-import', '--quiet', '--done'], {
    cwd: directory,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = finished(git)
  for (const text of stream(commits)) {
    if (!git.stdin.write(text)) await once(git.stdin, 'drain')
  }
  git.stdin.end('done\n')
  await ended
  return { directory, remove }
}

function* stream(commits: number): Generator<string> {
  const contents = Array.from({ length: files }, (_, file) => newFile(file))
  yield commitText(0, 'Start', contents.map((lines, file) => fileText(file, lines)).join(''))
  for (let index = 1; index < commits; index++) {
    const file = (index * 7919) % files
    const lines = contents[file]!
    const line = 10 + ((index * 104_729) % (linesOfFile - 10))
    // Of the commits about speed, every fifth changes a comment alone.
    lines[line] = index % 60 === 0 ? `    # remark ${index}` : `    total = total + step(${index}, values[${line}])`
    const subject = subjects[index % subjects.length]!.replace('{n}', `part ${index}`)
    const body = index % 3 === 0 ? `\nThe old way took a list and walked over it again.\nSee #${index} for more.\n` : ''
    yield commitText(index, `${subject}\n${body}`, fileText(file, lines))
  }
}

function newFile(file: number): string[] {
  const head = ['"""A module."""', '', `def work_${file}(values, step):`, '    """Does the work."""', '    total = 0']
  const rest = Array.from(
    { length: linesOfFile - head.length },
    (_, line) => `    total = total + step(${line}, values[0])`,
  )
  return [...head, ...rest, '    return total']
}

function commitText(index: number, message: string, changes: string): string {
  const person = `Ada <ada@example.org> ${1_600_000_000 + index * 600} +0000`
  return `commit refs/heads/main\nauthor ${person}\ncommitter ${person}\n${data(message)}${changes}\n`
}

function fileText(file: number, lines: readonly string[]): string {
  return `M 100644 inline demo/part_${file}.py\n${data(`${lines.join('\n')}\n`)}`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

async function finished(child: ReturnType<typeof spawn>): Promise<void> {
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`)
}
