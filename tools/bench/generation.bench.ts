import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { pythonSyntax } from '../../plugins/isobench/src/adapters/python-syntax.ts'
import { typeChecker } from '../../plugins/isobench/src/adapters/type-checker.ts'
import { changeSection } from '../../plugins/isobench/src/domain/change-section.ts'
import { median } from '../../plugins/isobench/src/domain/hodges-lehmann.ts'
import { firstMessages, roomForChange } from '../../plugins/isobench/src/domain/prompt.ts'
import { readPromptFiles } from '../../plugins/isobench/src/domain/prompt-files.ts'
import { type TestContext, checkTest } from '../../plugins/isobench/src/domain/test-rules.ts'
import { analyze } from '../../plugins/isobench/src/stages/analyze.ts'
import { sampleEnvironment, sampleRepository } from '../../test/support/artifacts.ts'
import { type CorpusScript, readCorpus } from '../../test/support/corpus/read-corpus.ts'
import { bulkyTest, makeBulkySides } from './bulky-sides.ts'
import { type Measure, atLeast, atMost, figure } from './measure.ts'
import { ancestorAccepts, bareParseMilliseconds, createRuff } from './validation-peers.ts'

const syntax = pythonSyntax(async () => 'python3')
const largest = join(
  import.meta.dirname,
  '../../../shared/data/extractions/vllm/81ede99ca44a5b3518932a07ea4a76a719e7416e.json',
)

const noGit = () => Promise.reject(new Error('an extraction needs no git'))

/** What the checks find and what they cost, beside the bare tools; then what a prompt costs. */
export async function* measures(): AsyncGenerator<Measure> {
  yield* whatIsFound()
  yield* validating()
  yield* typeChecking()
  if (existsSync(largest)) yield* prompting()
}

async function* whatIsFound(): AsyncGenerator<Measure> {
  const bad = await acceptedBy(readCorpus('bad-static.txt'), () => ({ packageImport: 'demo', changed: ['work'] }))
  const rejected = { 'ancestor, %': 100 - bad.ancestor, 'ruff, %': 100 - bad.ruff }
  yield atLeast(100, 'bad tests of the corpus rejected by rules', 100 - bad.ours, '%', rejected)
  const good = await acceptedBy(readCorpus('good.txt'), contextOf)
  const accepted = { 'ancestor, %': good.ancestor, 'ruff, %': good.ruff }
  yield atLeast(100, 'good tests of the corpus accepted by rules', good.ours, '%', accepted)
}

function contextOf([packageImport, changed]: readonly string[]): TestContext {
  return { packageImport: packageImport!, changed: [changed!] }
}

/** The share of scripts that each accepts, in percent. */
async function acceptedBy(scripts: readonly CorpusScript[], context: (columns: readonly string[]) => TestContext) {
  const ruff = createRuff()
  const accepted = { ours: 0, ancestor: 0, ruff: 0 }
  for (const { code, columns } of scripts) {
    const reading = await syntax.read(code)
    if ('tree' in reading && checkTest(reading.tree, context(columns)).length === 0) accepted.ours++
    if (ancestorAccepts(code, 'tree' in reading)) accepted.ancestor++
    if (ruff(code) === 0) accepted.ruff++
  }
  const percent = (count: number) => (100 * count) / scripts.length
  return { ours: percent(accepted.ours), ancestor: percent(accepted.ancestor), ruff: percent(accepted.ruff) }
}

async function* validating(): AsyncGenerator<Measure> {
  const code = await readFile(join(import.meta.dirname, '../demo/history/08-missing-value/efficiency_test.py'), 'utf8')
  const validate = async () => {
    const reading = await syntax.read(code)
    if (!('tree' in reading) || checkTest(reading.tree, { packageImport: 'quillstats', changed: [] }).length > 0) {
      throw new Error('the test of the demo is not valid')
    }
  }
  const milliseconds = 1000 * (await secondsOf(validate, 40))
  const bare = await bareParseMilliseconds(code)
  const ruff = createRuff()
  const ruffMilliseconds = 1000 * (await secondsOf(async () => void ruff(code), 40))
  const peers = { 'bare parser, ms': bare, 'ruff, ms': ruffMilliseconds }
  yield atMost(30, 'validation of one test, after start-up', milliseconds, 'ms', peers)
  yield figure('validation of one test over the bare parser', milliseconds / bare, 'times')
}

async function* typeChecking(): AsyncGenerator<Measure> {
  const sides = await makeBulkySides()
  const folder = await mkdtemp(join(tmpdir(), 'isobench-bare-'))
  try {
    const reading = await syntax.read(bulkyTest)
    if (!('tree' in reading)) throw new Error('the test is not valid')
    const { tree } = reading
    const checker = typeChecker(async () => sides.interpreters, 'bulky')
    const check = async () => {
      const [found] = await checker.check([{ code: bulkyTest, tree }])
      if (found!.length > 0) throw new Error(`findings in a good test: ${JSON.stringify(found)}`)
    }
    await writeFile(join(folder, 'test.py'), bulkyTest)
    const bare = () => pyrightAlone(folder, dirname(dirname(sides.interpreters.head)))
    const [both, one] = [await secondsOf(check, 3), await secondsOf(bare, 3)]
    yield atMost(6, 'type check of both sides, 1,400 files', both, 's', { 'pyright, one side, s': one })
    yield figure('type check of both sides over pyright on one', both / one, 'times')
  } finally {
    await Promise.all([sides.remove(), rm(folder, { recursive: true })])
  }
}

async function pyrightAlone(folder: string, environment: string): Promise<void> {
  const settings = { include: ['test.py'], venvPath: dirname(environment), venv: environment.split('/').at(-1) }
  await writeFile(join(folder, 'pyrightconfig.json'), JSON.stringify(settings))
  const program = createRequire(join(import.meta.dirname, '../../plugins/isobench/package.json')).resolve(
    'pyright/index.js',
  )
  await execa(process.execPath, [program, '-p', folder], { reject: false })
}

async function* prompting(): AsyncGenerator<Measure> {
  const extraction = await readFile(largest, 'utf8')
  const settings = sampleRepository({ package: { name: 'vllm', import: 'vllm' } })
  const hash = '81ede99ca44a5b3518932a07ea4a76a719e7416e'
  const input = { repository: { name: 'vllm', settings }, commit: { head: hash }, extraction }
  const analysis = await analyze(input, { git: noGit })
  const folder = join(import.meta.dirname, '../../plugins/isobench/prompts')
  const [system, user, repair] = await Promise.all(
    ['system', 'user', 'repair'].map((name) => readFile(join(folder, `${name}.md`), 'utf8')),
  )
  const build = async () => {
    const prompt = readPromptFiles(folder, { system: system!, user: user!, repair: repair! })
    const change = changeSection(analysis, sampleEnvironment(), roomForChange(prompt, 60_000))
    firstMessages(prompt, { package: 'vllm', distribution: 'vllm', python: '3.11', change })
  }
  const whole = async () => {
    await analyze(input, { git: noGit })
    await build()
  }
  const parse = 1000 * (await secondsOf(async () => void JSON.parse(extraction), 20))
  yield atMost(200, 'prompt for the largest extraction', 1000 * (await secondsOf(build, 20)), 'ms', {
    'JSON.parse of it, ms': parse,
  })
  yield figure('reading the largest extraction, and its prompt', 1000 * (await secondsOf(whole, 10)), 'ms')
}

/** Median seconds, after two calls that do not count. */
async function secondsOf(work: () => Promise<void>, rounds: number): Promise<number> {
  const seconds: number[] = []
  for (let round = -2; round < rounds; round++) {
    const started = performance.now()
    await work()
    if (round >= 0) seconds.push((performance.now() - started) / 1000)
  }
  return median(seconds)
}
