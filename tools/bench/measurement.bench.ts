import { endAtLooks } from '../../plugins/isobench/src/domain/decision.ts'
import { decideAgain, rawRecords } from '../../test/support/raw-records.ts'
import { randomNumbers, samplePlan } from '../../test/support/runs.ts'
import { mixedDataset } from '../../test/support/simulated-dataset.ts'
import {
  type Session,
  pairedRatios,
  resampledSessions,
  scenarios,
  simulatedSessions,
} from '../../test/support/simulation.ts'
import { h100Noise } from './h100-noise.ts'
import { type Measure, atLeast, atMost, figure } from './measure.ts'
import { type Rule, peerRules } from './peer-rules.ts'
import { processOverhead } from './process-overhead.ts'

const plan = samplePlan({ budget_seconds: 86_400 })
const sessions = 20_000
/** 1 %, and 2.33 standard errors of a share of so many sessions. */
const mostFalse = Number((1 + 233 * Math.sqrt((0.01 * 0.99) / sessions)).toFixed(2))

/** Our rule beside the rules of others on the same machines, simulated and real; then what deciding and a process cost. */
export async function* measures(): AsyncGenerator<Measure> {
  for (const [name, scenario] of Object.entries(scenarios)) {
    yield* ofMachine(name, (improvement, seed) => simulatedSessions(scenario, improvement, seed))
  }
  for (const [name, seconds] of h100Noise()) {
    yield* ofMachine(`real H100 ${name}`, (improvement, seed) => resampledSessions(seconds, improvement, seed))
  }
  yield* ofDatasets(25)
  yield atMost(2, 'deciding 1,000 records again from raw runs, processor time', decidingSeconds(), 's')
  const { measuring, bare } = await processOverhead(15)
  yield atMost(0.15, 'harness a process, over a bare interpreter', measuring - bare, 's', { 'bare, s': bare })
}

function* ofMachine(name: string, machine: (improvement: number, seed: number) => Session): Generator<Measure> {
  const same = ends(machine(0, 100), sessions)
  const peers = peerShares(() => machine(0, 100))
  yield atMost(mostFalse, `${name}, same code called improved`, share(same, 'improved'), '%', peers)
  yield atMost(mostFalse, `${name}, same code called regressed`, share(same, 'regressed'), '%')
  const faster = ends(machine(0.03, 200), 2000)
  const found = share(faster, 'improved')
  const others = peerShares(() => machine(0.03, 200))
  const title = `${name}, 3 % found`
  yield name === 'typical' ? atLeast(95, title, found, '%', others) : figure(title, found, '%', others)
  yield figure(`${name}, pairs at 3 %`, faster.reduce((sum, { pairs }) => sum + pairs, 0) / faster.length, 'pairs')
}

/** Datasets of 200 commits, 80 of them faster. */
function* ofDatasets(count: number): Generator<Measure> {
  const commits = Array.from({ length: count }, (_, index) => mixedDataset(200, 1000 * (index + 1))).flat()
  const rules: Record<string, Rule> = { ours, ...peerRules }
  const results = Object.entries(rules).map(([name, rule]) => {
    const found = commits.filter(({ session }) => rule(session))
    const right = found.filter(({ improvement }) => improvement > 0).length
    return { name, wrong: 100 * (1 - right / found.length), found: right / (0.8 * count) }
  })
  const [own, ...others] = results
  const peers = (key: 'wrong' | 'found') => Object.fromEntries(others.map((each) => [`${each.name}, %`, each[key]]))
  yield atMost(5, 'datasets of 200, false among the improved', own!.wrong, '%', peers('wrong'))
  yield atLeast(80, 'datasets of 200, found of the faster', own!.found, '%', peers('found'))
}

const datasetCoin = randomNumbers(31)

function ours(session: Session): boolean {
  return endAtLooks(plan, pairedRatios(session, 20, datasetCoin))!.verdict === 'improved'
}

function ends(session: Session, count: number) {
  const coin = randomNumbers(7)
  return Array.from({ length: count }, () => endAtLooks(plan, pairedRatios(session, 20, coin))!)
}

function share(all: ReturnType<typeof ends>, verdict: string): number {
  return (100 * all.filter((end) => end.verdict === verdict).length) / all.length
}

function peerShares(session: () => Session): Record<string, number> {
  return Object.fromEntries(
    Object.entries(peerRules).map(([name, rule]) => {
      const one = session()
      const called = Array.from({ length: 2000 }, () => rule(one)).filter(Boolean).length
      return [`${name}, %`, called / 20]
    }),
  )
}

/** Of a processor: other programs may use the machine at the same time. */
function decidingSeconds(): number {
  const records = rawRecords(1000, 8)
  const started = process.cpuUsage()
  for (const record of records) decideAgain(record)
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1e6
}
