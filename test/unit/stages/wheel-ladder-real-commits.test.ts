import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEnvironments } from '../../../plugins/isobench/src/adapters/environment-store.ts'
import type { Git } from '../../../plugins/isobench/src/adapters/git.ts'
import { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { climb } from '../../../plugins/isobench/src/stages/wheel-ladder.ts'
import { type Layout, layouts, serve, versionOf } from '../../support/wheel-eras.ts'
import { type WheelHost, startWheelHost } from '../../support/wheel-host.ts'
import { makeWheels } from '../../support/wheels.ts'

const table = join(import.meta.dirname, '../../../../shared/data/commits.tsv')
if (!existsSync(table)) console.log(`skipped: no table of commits at ${table}`)

interface Pair {
  readonly base: string
  readonly head: string
  /** RFC 3339, UTC: the date of head, which is also taken for base */
  readonly date: string
  readonly predicted: Layout
}

let pairs: Pair[]
let host: WheelHost
let storeDirectory: string
beforeAll(async () => {
  if (!existsSync(table)) return
  pairs = await readPairs(50)
  host = await startWheelHost()
  storeDirectory = await mkdtemp(join(tmpdir(), 'isobench-ladder-'))
  const sides = pairs.flatMap((pair) => [pair.base, pair.head].map((hash) => ({ hash, layout: pair.predicted })))
  const described = sides.map(({ hash, layout }) => ({ name: 'vllm', version: versionOf(hash, layout) }))
  const wheels = await makeWheels(described)
  for (const [index, side] of sides.entries()) serve(host, side.hash, side.layout, wheels[index]!)
})
afterAll(async () => {
  await host?.close()
  if (storeDirectory !== undefined) await rm(storeDirectory, { recursive: true })
})

/** So many pairs of the table, spread over all its years. */
async function readPairs(count: number): Promise<Pair[]> {
  const [header = '', ...rows] = (await readFile(table, 'utf8')).trim().split('\n')
  const columns = header.split('\t')
  const all = rows
    .map((row) => Object.fromEntries(row.split('\t').map((value, index) => [columns[index]!, value])))
    .filter(({ repo, base = '', date }) => repo === 'vllm' && /^[0-9a-f]{40}$/.test(base) && date !== '')
    .map(({ base, head, date }) => {
      const instant = new Date(date!).toISOString()
      const predicted = layouts.findLast(({ since }) => since <= instant)!.layout
      return { base: base!, head: head!, date: instant, predicted }
    })
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]!)
}

/** The layout by which a wheel was found, from its URL and whatever was asked in vain before. */
function layoutOf(location: string, asked: readonly string[]): Layout {
  if (location.includes('/vllm-1.0.0.dev-')) return 'constant name'
  if (location.includes('/vllm-0.5.3-cp311-cp311-')) return 'version of the tree, by Python'
  if (location.includes('/vllm-0.5.3-cp38-abi3-')) return 'version of the tree'
  return asked.some((url) => url.endsWith('/metadata.json')) ? 'page' : 'metadata.json'
}

test.skipIf(!existsSync(table))(
  'fifty real pairs come by the rung and the layout that the table predicts for their dates',
  async () => {
    const settings = Repository.parse({
      url: 'https://example.org/vllm',
      package: { name: 'vllm', import: 'vllm' },
      wheels: [{ kind: 'wheel-index', urls: [host.url, `${host.url}/old`] }, { kind: 'build' }],
      python: '3.11',
    })
    const layoutsByHash = new Map(
      pairs.flatMap(({ base, head, predicted }) => [base, head].map((hash) => [hash, predicted])),
    )
    // Of the repository, the walk reads one file: the version that the tree declares until it was computed.
    const file: Git['file'] = async (hash, path) => {
      expect(path).toBe('vllm/version.py')
      const layout = layoutsByHash.get(hash)!
      const isDeclared = layout === 'none' || layout.startsWith('version')
      return new TextEncoder().encode(isDeclared ? '__version__ = "0.5.3"\n' : '__version__ = "dev"\n')
    }
    const environments = createEnvironments({
      storeDirectory,
      repository: { name: 'vllm', settings },
      git: () => Promise.resolve({ file } as Git),
      log: () => {},
    })
    const found = new Map<string, number>()
    for (const { base, head, date, predicted } of pairs) {
      const commits = { base: { hash: base, commitDate: date }, head: { hash: head, commitDate: date } }
      const nextRung: string[] = []
      const ladder = await climb(settings.wheels, commits, async (source, commit) => {
        if (source.kind === 'wheel-index') return environments.probe(source, commit, '3.11')
        nextRung.push(commit.hash)
        return { wheel: null, attempts: [], buildFailure: null }
      })
      const expected = predicted === 'none' ? null : 'wheel-index'
      for (const [side, { hash }] of Object.entries(commits)) {
        const { wheel, attempts } = ladder[side as keyof typeof commits]
        const inVain = attempts.filter(({ answer }) => answer === 'HTTP 404').map(({ location }) => location)
        const layout = wheel === null ? 'none' : layoutOf(wheel.location, inVain)
        expect({ hash, rung: wheel?.rung ?? null, layout }).toEqual({ hash, rung: expected, layout: predicted })
        expect(wheel?.location ?? hash).toContain(hash)
        expect(attempts).toHaveLength(inVain.length + (wheel === null ? 0 : 1))
        found.set(layout, (found.get(layout) ?? 0) + 1)
      }
      expect(nextRung).toEqual(predicted === 'none' ? [base, head] : [])
    }
    expect(Object.fromEntries(found)).toMatchInlineSnapshot(`
      {
        "constant name": 10,
        "none": 24,
        "page": 50,
        "version of the tree": 14,
        "version of the tree, by Python": 2,
      }
    `)
  },
  60_000,
)
