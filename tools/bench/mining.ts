import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { openHistory } from '../../plugins/isobench/src/adapters/git-history.ts'
import { mineCommits } from '../../plugins/isobench/src/nx/generators/mine.ts'
import { type GeneratorTree, createGeneratorTree } from '../../test/support/generator-tree.ts'
import { type Measure, atMost, figure } from './measure.ts'
import { makeHistory } from './mining-repository.ts'

/** Commits that the loop of the peer really looks at: it takes as long for each. */
const sampledCommits = 200

/** The words that GSO and ISO-Bench look for. */
const keywords = ['perf', 'performance', 'optimize', 'speed up', 'speedup', 'is slow', 'faster', 'overhead', 'latency']

/** One process a commit, as the ancestors do it. */
const loop = `
import re, subprocess, sys
words = re.compile("|".join(sys.argv[2:]), re.I)
for commit in sys.argv[1].split(","):
    text = subprocess.run(["git", "show", commit], capture_output=True, text=True, errors="replace").stdout
    words.search(text)
`

/** Mining a history without a model, beside a search in its messages, and a loop over its commits. */
export async function* miningMeasures(commits: number): AsyncGenerator<Measure> {
  const history = await makeHistory(commits)
  const workspace = await createGeneratorTree()
  try {
    const { storeDirectory, newest } = await withMirror(workspace, history.directory)
    const environment = { ISOBENCH_STORE: storeDirectory }
    Object.assign(process.env, environment)
    const before = await processorSeconds()
    const ours = await seconds(() => mine(workspace, newest, commits))
    const processor = (await processorSeconds()) - before
    const again = await seconds(() => mine(workspace, newest, 0))
    const search = await seconds(() => searchMessages(history.directory))
    const walk = (await seconds(() => showEach(history.directory))) * (commits / sampledCommits)
    const peers = {
      'git log -i --grep, seconds': search,
      [`python loop over git show, seconds, extrapolated from ${sampledCommits} commits`]: walk,
    }
    yield atMost(60, `mine ${commits} commits`, ours, 's', peers)
    yield figure(`mine ${commits} commits, git included`, processor, 's of a processor')
    yield figure(`mine ${commits} commits, to git log --grep`, ours / search, 'ratio')
    yield atMost(0.5, `mine ${commits} commits, to the loop over git show`, ours / walk, 'ratio')
    yield figure(`mine ${commits} commits again, nothing new`, again, 's')
  } finally {
    await workspace.remove()
    await history.remove()
  }
}

/** The workspace with the tool's mirror in place: its making is a `git fetch` and no part of the figure. */
async function withMirror(workspace: GeneratorTree, directory: string) {
  const storeDirectory = join(workspace.directory, 'store')
  const folder = join(workspace.directory, 'commits/bench')
  await execa('mkdir', ['-p', folder])
  await execa('git', ['bundle', 'create', '--quiet', join(folder, 'repository.bundle'), '--all'], { cwd: directory })
  const settings = 'bundle: repository.bundle\npackage: { name: demo, import: demo }\nwheels: [{ kind: build }]\n'
  workspace.tree.write('commits/bench/repository.yaml', settings)
  const source = { bundle: 'repository.bundle' }
  const options = { name: 'bench', settings: source, directory: folder, storeDirectory, log: () => undefined }
  const { hash } = await (await openHistory(options)).tip('main')
  return { storeDirectory, newest: hash }
}

async function mine(workspace: GeneratorTree, until: string, expected: number): Promise<void> {
  const callback = await mineCommits(workspace.tree, { repository: 'bench', until }, workspace.log)
  await callback()
  const file = join(workspace.directory, 'store/mining/bench.jsonl')
  const decisions = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  if (decisions.length !== expected) throw new Error(`decisions: ${decisions.length}, expected: ${expected}`)
}

async function searchMessages(directory: string): Promise<void> {
  const words = keywords.flatMap((word) => ['--grep', word])
  const { stdout } = await execa('git', ['log', '-i', '--format=%H', ...words, 'main'], { cwd: directory })
  if (stdout === '') throw new Error('the search found nothing')
}

async function showEach(directory: string): Promise<void> {
  const { stdout } = await execa('git', ['rev-list', `--max-count=${sampledCommits}`, 'main'], { cwd: directory })
  await execa('python3', ['-c', loop, stdout.split('\n').join(','), ...keywords], { cwd: directory })
}

const ticksPerSecond = 100

/** Of this process and of those that it has waited for; the parser, which stays, is not among them. */
async function processorSeconds(): Promise<number> {
  const { user, system } = process.cpuUsage()
  const fields = (await readFile('/proc/self/stat', 'utf8')).replace(/^.*\) /, '').split(' ')
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / ticksPerSecond
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
