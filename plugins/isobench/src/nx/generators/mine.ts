import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GeneratorCallback, Tree } from '@nx/devkit'
import { writeAtomically } from '../../adapters/files.ts'
import { openHistory } from '../../adapters/git-history.ts'
import { pythonSyntax } from '../../adapters/python-syntax.ts'
import { type Decision, notWhole } from '../../domain/mining/decision.ts'
import { funnelLines } from '../../domain/mining/funnel.ts'
import { type MiningRules, miningRules } from '../../domain/mining/rules.ts'
import { parseSettings } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { MiningMarker } from '../../schema/mining-settings.ts'
import type { RepositoryInput } from '../../schema/repository.ts'
import { mine as mineHistory } from '../../stages/mine.ts'
import { redact } from '../redact.ts'
import { storeDirectory } from '../store-directory.ts'
import { packageDirectory } from '../targets.ts'
import { type Log, generator } from './generator.ts'
import { presentCommits, writeProposal } from './mined-commits.ts'
import { judgeOf, pullRequestsOf } from './mining-helpers.ts'
import { type RangeOptions, miningRange } from './mining-range.ts'
import { readRepository } from './repositories.ts'
import { settingsText } from './settings-text.ts'

export interface MineOptions extends RangeOptions {
  readonly repository: string
  /** How many commits to propose at the most */
  readonly limit?: number
}

/** Proposes the performance commits of a history: `commit.yaml` and `evidence.yaml` for each that is not there yet. */
export async function mineCommits(tree: Tree, options: MineOptions, print: Log): Promise<GeneratorCallback> {
  const log: Log = (message) => print(redact(message, process.env))
  const { limit = Number.POSITIVE_INFINITY } = options
  if (!(limit >= 1)) throw new IsobenchError('bad-input', `the limit must be 1 or more: ${limit}`)
  const name = options.repository
  const repository: RepositoryInput = { name, settings: readRepository(tree, name) }
  const rules = await rulesOf(tree, name)
  const store = storeDirectory(tree.root)
  const directory = join(tree.root, 'commits', name)
  const history = await openHistory({ ...repository, directory, storeDirectory: store, log })
  const markerFile = `commits/${name}/mined.yaml`
  const range = await miningRange(history, rules, markerOf(tree, markerFile), options, log)
  const present = presentCommits(tree, name)
  const mined = await mineHistory(
    { repository, rules, commits: range.commits, existing: present.heads, earlier: present.evidence, limit },
    {
      history,
      python: pythonSyntax(async () => 'python3'),
      pullRequest: pullRequestsOf(repository, store, log),
      judge: await judgeOf(tree, repository, rules, history, log),
      log,
    },
  )
  const decisions = [...mined.decisions, ...range.undated.map(undated)]
  log(funnelLines(decisions).join('\n'))
  const proposed = mined.proposals.map((proposal) => {
    const { evidence } = proposal
    const folder = writeProposal(tree, name, proposal, present.taken)
    return `${name}-${folder}  ${evidence.commit_date.slice(0, 10)}  score ${evidence.score}  ${evidence.subject}`
  })
  if (proposed.length > 0) log(proposed.join('\n'))
  const lacking = mined.decisions.filter(({ detail }) => detail === notWhole).length
  if (mined.isCut) log('the limit left commits that were not looked at; another run goes on with them')
  else if (lacking > 0)
    log(`the mirror has not all objects of ${lacking} commits: delete it below ${store}/mirrors, it is made again`)
  else if (range.marker !== null) tree.write(markerFile, settingsText(MiningMarker, markerFile, range.marker))
  const file = join(store, 'mining', `${name}.jsonl`)
  log(`what decided of each commit: ${file}`)
  return () => writeAtomically(file, decisions.map((decision) => `${JSON.stringify(decision)}\n`).join(''))
}

export const mine = generator(mineCommits)

/** The filters: those of the package, and what mining.yaml puts in their place. */
async function rulesOf(tree: Tree, repository: string): Promise<MiningRules> {
  const defaults = join(packageDirectory, 'mining/defaults.yaml')
  const file = `commits/${repository}/mining.yaml`
  const own = tree.read(file, 'utf8')
  const text = await readFile(defaults, 'utf8')
  return miningRules({ file: defaults, text }, own === null ? undefined : { file, text: own })
}

function markerOf(tree: Tree, file: string): MiningMarker | undefined {
  const text = tree.read(file, 'utf8')
  return text === null ? undefined : parseSettings(MiningMarker, text, file)
}

function undated(hash: string): Decision {
  return { hash, subject: '', dropped: 'unreadable', detail: 'no readable date' }
}
