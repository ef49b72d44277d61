import type { History } from '../adapters/git-history.ts'
import type { PythonSyntax } from '../adapters/python-syntax.ts'
import type { CommitFacts, KnownCommit } from '../domain/git-output.ts'
import {
  type Decision,
  type Drop,
  type MinedFile,
  dropByFiles,
  dropByMessage,
  dropUnread,
  evidenceOf,
  minedFiles,
  notWhole,
  wantedFiles,
} from '../domain/mining/decision.ts'
import { type MessageParts, messageParts, messageScore, revertedCommits } from '../domain/mining/message-score.ts'
import type { PullRequest } from '../domain/mining/pull-request.ts'
import { pullRequestEvidence } from '../domain/mining/pull-request.ts'
import type { MiningRules } from '../domain/mining/rules.ts'
import type { Evidence, JudgeEvidence } from '../schema/evidence.ts'
import type { RepositoryInput } from '../schema/repository.ts'
import { hasSameCode } from './same-code.ts'

/** A commit that passed all filters but the model's. */
export interface Candidate {
  readonly facts: CommitFacts
  readonly files: readonly MinedFile[]
  readonly evidence: Evidence
  readonly pullRequest: PullRequest | null
}

export interface MineInput {
  readonly repository: RepositoryInput
  readonly rules: MiningRules
  /** What to look at, newest first */
  readonly commits: readonly KnownCommit[]
  /** Folders of the commits that are there, by hash */
  readonly existing: ReadonlyMap<string, string>
  /** The evidence of earlier proposals by folder, to know a change again under another hash; asked for at need */
  readonly earlier: () => ReadonlyMap<string, Evidence>
  /** How many commits to propose at the most */
  readonly limit: number
}

export interface MineEffects {
  readonly history: Pick<History, 'facts' | 'changes' | 'texts'>
  readonly python: PythonSyntax
  /** What is known of the pull request of a commit; null where there is none or nobody may be asked */
  readonly pullRequest: (commit: string) => Promise<PullRequest | null>
  /** Asked about every candidate, where mining.yaml names a model */
  readonly judge: ((candidate: Candidate) => Promise<JudgeEvidence>) | undefined
  readonly log: (message: string) => void
}

export interface Mined {
  /** Newest first */
  readonly proposals: readonly { readonly hash: string; readonly evidence: Evidence }[]
  /** One for each commit that was looked at, in the order of the walk */
  readonly decisions: readonly Decision[]
  /** Whether `limit` left commits that were not looked at */
  readonly isCut: boolean
}

/** Commits of this many are read by one process of git at a time. */
const chunkCommits = 1000
/** Candidates that hosts and models are asked about at the same time. */
const askedAtOnce = 4

/** What is known of a commit by its message. */
interface Read {
  readonly facts: CommitFacts
  readonly parts: MessageParts
  readonly score: ReturnType<typeof messageScore>
}

/** Finds the performance commits of a history by the rules, the cheapest first, and says of each commit what decided. */
export async function mine(input: MineInput, effects: MineEffects): Promise<Mined> {
  const { commits, limit } = input
  const proposals: { hash: string; evidence: Evidence }[] = []
  const decisions: Decision[] = []
  let seen: Map<string, string> | undefined
  const revertedBy = new Map<string, string>()
  for (let start = 0; start < commits.length; start += chunkCommits) {
    const chunk = commits.slice(start, start + chunkCommits)
    const { drops, candidates } = await filter(chunk, input, effects, revertedBy)
    if (candidates.size > 0) seen ??= identities(input.earlier())
    const room = limit - proposals.length
    const kept = await ask([...candidates.values()], { ...input, seen: seen ?? new Map(), room }, effects)
    for (const { hash } of chunk) {
      const drop = drops.get(hash) ?? kept.drops.get(hash)
      const evidence = kept.evidence.get(hash)
      if (drop !== undefined)
        decisions.push({ hash, subject: drop.subject, dropped: drop.drop[0], detail: drop.drop[1] })
      else if (evidence !== undefined) {
        proposals.push({ hash, evidence: withReverting(evidence, revertedBy.get(hash)) })
        decisions.push({ hash, subject: evidence.subject, dropped: null, detail: `score ${evidence.score}` })
      } else return { proposals, decisions, isCut: true }
    }
  }
  return { proposals, decisions, isCut: false }
}

type Dropped = { readonly subject: string; readonly drop: Drop }

/** Everything that needs nobody but git and Python. */
async function filter(
  chunk: readonly KnownCommit[],
  { repository, rules, existing }: MineInput,
  { history, python }: MineEffects,
  revertedBy: Map<string, string>,
) {
  const drops = new Map<string, Dropped>()
  const candidates = new Map<string, Candidate>()
  const facts = await history.facts(chunk.map(({ hash }) => hash))
  const read = new Map<string, Read>()
  for (const commit of chunk) {
    const own = facts.get(commit.hash)
    const parts = messageParts(own?.message ?? '')
    for (const hash of revertedCommits(parts)) revertedBy.set(hash, commit.hash)
    const unread =
      own === undefined ? (['unreadable', 'no commit that can be read'] as const) : dropUnread(commit, rules, existing)
    const score = unread === null ? messageScore(parts, rules) : { score: 0, matched: [] }
    const drop = unread ?? dropByMessage(own!, commit, parts, score, rules)
    if (drop === null) read.set(commit.hash, { facts: own!, parts, score })
    else drops.set(commit.hash, { subject: parts.subject, drop })
  }
  const pairs = Array.from(read, ([hash, each]) => ({ hash, base: each.facts.parents[0]! }))
  const changes = await history.changes(pairs)
  for (const [hash, { facts: own, parts, score }] of read) {
    const changed = changes.get(hash) ?? null
    const files = minedFiles(changed ?? [], rules, repository.settings)
    const drop = changed === null ? (['unreadable', notWhole] as const) : dropByFiles(parts.subject, files, rules)
    if (drop === null) {
      candidates.set(hash, {
        facts: own,
        files,
        evidence: evidenceOf(own, parts, score, files, rules),
        pullRequest: null,
      })
    } else drops.set(hash, { subject: parts.subject, drop })
  }
  if (!rules.structure) return { drops, candidates }
  const wanted = new Map(Array.from(candidates, ([hash, { files }]) => [hash, wantedFiles(files, rules)]))
  for (const hash of await hasSameCode(wanted, history, python)) {
    const drop = ['same-code', candidates.get(hash)!.evidence.changed.slice(0, 3).join(', ')] as const
    drops.set(hash, { subject: candidates.get(hash)!.evidence.subject, drop })
    candidates.delete(hash)
  }
  return { drops, candidates }
}

/** What hosts and models say of the candidates, until there is no room for another one. */
async function ask(
  candidates: readonly Candidate[],
  { rules, seen, room }: MineInput & { readonly seen: Map<string, string>; readonly room: number },
  { pullRequest, judge }: MineEffects,
) {
  const drops = new Map<string, Dropped>()
  const evidence = new Map<string, Evidence>()
  const dropped = ({ facts: { hash }, evidence: { subject } }: Candidate, drop: Drop) =>
    void drops.set(hash, { subject, drop })
  const fresh = candidates.filter((candidate) => {
    const folder = seen.get(identity(candidate.evidence))
    if (folder !== undefined) dropped(candidate, ['already-proposed', folder])
    else seen.set(identity(candidate.evidence), candidate.facts.hash)
    return folder === undefined
  })
  for (let start = 0; start < fresh.length && evidence.size < room; start += askedAtOnce) {
    const some = fresh.slice(
      start,
      start + (judge === undefined ? Math.min(askedAtOnce, room - evidence.size) : askedAtOnce),
    )
    const asked = await allEnded(
      some.map(async (candidate) => {
        const found = await pullRequest(candidate.facts.hash)
        const judged = await judge?.({ ...candidate, pullRequest: found })
        return { candidate, found, judged }
      }),
    )
    for (const { candidate, found, judged } of asked) {
      const isRefused = judged?.answer === 'no' && (judged.confidence ?? 0) >= rules.judge!.minimum_confidence
      if (isRefused) dropped(candidate, ['judge', `${judged.confidence}: ${judged.reason}`])
      else if (evidence.size < room) {
        evidence.set(candidate.facts.hash, {
          ...candidate.evidence,
          ...(found === null ? {} : { pull_request: pullRequestEvidence(found) }),
          ...(judged === undefined ? {} : { judge: judged }),
        })
      }
    }
  }
  return { drops, evidence }
}

/** Waits for all, so that nothing goes on behind an error; then gives the results, or throws the first error. */
async function allEnded<Result>(works: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(works)
  return Promise.all(works)
}

/** A commit that was rebased or picked keeps its author's date and its subject. */
function identity({ author_date: date, commit_date: commitDate, subject }: Evidence): string {
  return `${date ?? commitDate} ${subject}`
}

function identities(earlier: ReadonlyMap<string, Evidence>): Map<string, string> {
  return new Map(Array.from(earlier, ([folder, evidence]) => [identity(evidence), folder]))
}

function withReverting(evidence: Evidence, hash: string | undefined): Evidence {
  return hash === undefined ? evidence : { ...evidence, reverted_by: hash }
}
