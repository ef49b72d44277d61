import type { Hub } from '../adapters/hub.ts'
import { HubFault, secondsToWait } from '../adapters/hub-fetch.ts'
import {
  type LocalFile,
  type PushPlan,
  type RemoteFile,
  isEmpty,
  lostRows,
  planLines,
  planPush,
  planSummary,
  wouldBeLost,
} from '../domain/push-plan.ts'
import { IsobenchError } from '../errors.ts'
import type { Manifest } from '../schema/dataset.ts'
import { readRemoteBuild } from './push-remote.ts'
import { tagRevision } from './push-tag.ts'

/** A build, and how it goes to the Hub. */
export interface PushInput {
  /** Every file to publish, `manifest.json` among them */
  readonly files: readonly LocalFile[]
  readonly manifest: Manifest
  /** Of a repository that has to be made */
  readonly isPrivate: boolean
  /** Only say what would be done */
  readonly dryRun: boolean
  readonly asPullRequest: boolean
  /** Name of a release: a tag on the pushed revision */
  readonly tag: string | null
  /** The revision of the Hub whose foreign edits and further rows a person has seen and gives up */
  readonly overwrite: string | null
}

export interface PushEffects {
  readonly hub: Hub
  readonly content: (path: string) => Promise<Blob>
  readonly wait: (seconds: number) => Promise<void>
  /** A number from 0 to 1 */
  readonly random: () => number
  readonly log: (message: string) => void
}

/** How a push ended. `revision` is null only when a dry run finds no repository. */
export interface PushResult {
  readonly state: 'unchanged' | 'planned' | 'pushed' | 'proposed'
  readonly revision: string | null
  readonly pullRequestUrl: string | null
  readonly plan: PushPlan
}

const tries = 8

/**
 * Brings the Hub to the state of a build in one commit, so that a reader sees the old revision or the new one. Nothing
 * is sent when nothing changed. After a conflict or a fault everything is read again: a commit whose answer was lost
 * is recognised by its files, and what was uploaded before is not sent again.
 * @throws IsobenchError `bad-input` when the Hub holds what this build does not know, `credential-missing`,
 *   `rate-limited`, `network`
 */
export async function push(input: PushInput, effects: PushEffects): Promise<PushResult> {
  if (input.asPullRequest && input.tag !== null) {
    throw new IsobenchError('bad-input', `a pull request cannot be tagged: ${input.tag}`, {
      hint: 'merge it, then push again with the tag',
    })
  }
  return persistently(input, effects, async () => {
    const result = await round(input, effects)
    if (input.tag !== null && !input.dryRun) await tagRevision(effects, result.revision!, input.tag)
    return result
  })
}

async function persistently<Result>(
  { dryRun }: PushInput,
  { hub, wait, random, log }: PushEffects,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof HubFault)) throw error
      if (attempt >= tries || !isWorthAnotherTry(error)) throw refused(hub.name, error, dryRun)
      const seconds = secondsToWait(attempt, error.retryAfterSeconds, random())
      log(`${error.message}; looking again in ${seconds.toFixed(1)} s`)
      await wait(seconds)
    }
  }
}

/** One look at the Hub, and what follows from it. */
async function round(input: PushInput, effects: PushEffects): Promise<PushResult> {
  const { hub, log } = effects
  const head = await headOrNew(input, effects)
  const remote = head === null ? [] : await hub.files(head)
  const quick = planPush(input.files, remote, null)
  const build = head === null || isCurrent(quick) ? null : await readRemoteBuild(hub, head, remote, input.manifest)
  const plan = build === null ? quick : planPush(input.files, remote, build.manifest)
  if (isEmpty(plan)) {
    log(`nothing to send: ${hub.name} is at this build since ${head!.slice(0, 12)}`)
    return { state: 'unchanged', revision: head, pullRequestUrl: null, plan }
  }
  if (build !== null && input.overwrite !== head) refuseLoss(hub.name, head!, input.manifest, plan, build)
  for (const line of planLines(plan)) log(line)
  if (input.dryRun) return { state: 'planned', revision: head, pullRequestUrl: null, plan }
  if (input.asPullRequest) return propose(input, effects, head!, plan)
  const revision = await send(input, effects, head!, plan)
  return { state: 'pushed', revision: revision.revision, pullRequestUrl: null, plan }
}

/** A tree without a change among our files; stale files can only be told with the manifest, and that one is ours too. */
function isCurrent({ added, changed }: PushPlan): boolean {
  return added.length + changed.length === 0
}

async function headOrNew({ dryRun, isPrivate }: PushInput, { hub, log }: PushEffects): Promise<string | null> {
  const head = await hub.head()
  if (head !== null) return head
  if (dryRun) {
    log(`no such repository yet: ${hub.name}; it would be ${isPrivate ? 'private' : 'public'}`)
    return null
  }
  await hub.create(isPrivate)
  log(`made ${isPrivate ? 'private' : 'public'} repository ${hub.name}`)
  const made = await hub.head()
  if (made === null) throw new HubFault(`the new repository is not there yet: ${hub.name}`, { status: 404 })
  return made
}

async function send({ manifest, asPullRequest }: PushInput, effects: PushEffects, head: string, plan: PushPlan) {
  const { hub, content, log } = effects
  const files = [...plan.added, ...plan.changed]
  const add = await Promise.all(files.map(async ({ path }) => ({ path, content: await content(path) })))
  const sent = await hub.commit({
    parent: head,
    title: `${manifest.dataset}: ${manifest.records} records`,
    description: `${planSummary(plan)}\n\n${manifest.tool}`,
    add,
    remove: plan.deleted.map(({ path }) => path),
    asPullRequest,
  })
  await mustHold(hub, sent.revision, plan)
  log(`${asPullRequest ? 'proposed' : 'pushed'} ${sent.revision.slice(0, 12)} to ${hub.name}`)
  return sent
}

/** What the new revision holds is read back: an upload that the Hub took for ignorable would be missing there. */
async function mustHold(hub: Hub, revision: string, plan: PushPlan): Promise<void> {
  const there = await hub.files(revision)
  if (holds(there, plan)) return
  throw new IsobenchError('network', `the Hub took the commit but not all of its files: ${hub.name}@${revision}`, {
    hint: 'run the push again, and look at the files on the Hub',
  })
}

function holds(there: readonly RemoteFile[], plan: PushPlan): boolean {
  const paths = new Set(there.map(({ path }) => path))
  const files = [...plan.added, ...plan.changed, ...plan.unchanged]
  const { added, changed } = planPush(files, there, null)
  return added.length + changed.length === 0 && plan.deleted.every(({ path }) => !paths.has(path))
}

const pullRequestsToCompare = 5

/** A pull request, unless one of the newest proposes exactly this: a lost answer must not make a second one. */
async function propose(input: PushInput, effects: PushEffects, head: string, plan: PushPlan): Promise<PushResult> {
  const { hub, log } = effects
  for (const { url, revision } of (await hub.pullRequests()).slice(0, pullRequestsToCompare)) {
    if (!holds(await hub.files(revision), plan)) continue
    log(`proposed already: ${url}`)
    return { state: 'proposed', revision, pullRequestUrl: url, plan }
  }
  const { revision, pullRequestUrl } = await send(input, effects, head, plan)
  log(`pull request: ${pullRequestUrl}`)
  return { state: 'proposed', revision, pullRequestUrl, plan }
}

function refuseLoss(
  name: string,
  head: string,
  manifest: Manifest,
  plan: PushPlan,
  build: Awaited<ReturnType<typeof readRemoteBuild>>,
): void {
  const hint = `look at it there; to give it up, push with --overwrite=${head}`
  const edited = wouldBeLost(plan, build)
  if (edited.length > 0) {
    throw new IsobenchError('bad-input', `not written by a build, and would be lost on ${name}: ${edited.join(', ')}`, {
      hint,
    })
  }
  const rows = lostRows(manifest, build.manifest)
  if (rows.length === 0) return
  const shown = rows.slice(0, 10).join(', ') + (rows.length > 10 ? ', …' : '')
  throw new IsobenchError('bad-input', `${rows.length} rows of ${name} are not in this build: ${shown}`, { hint })
}

/** Conflicts, limits, server and network faults; 404 and 400 when the repository went away under us. */
function isWorthAnotherTry({ status, message }: HubFault): boolean {
  if (status === null || status >= 500 || [404, 408, 409, 412, 429].includes(status)) return true
  return status === 400 && message.includes('LFS pointer')
}

function refused(name: string, fault: HubFault, dryRun: boolean): IsobenchError {
  const { status, message, cause } = fault
  const options = (hint: string) => ({ hint, cause: cause ?? fault })
  if (status === 401) {
    const hint = 'set HF_TOKEN to a token of the Hub that may write there'
    return new IsobenchError(
      'credential-missing',
      `the Hub does not accept the token for ${name}: ${message}`,
      options(hint),
    )
  }
  if (status === 403) {
    const hint = dryRun ? 'ask its owner for access' : 'the token must have the right to write there'
    return new IsobenchError('credential-missing', `no right to ${name}: ${message}`, options(hint))
  }
  const again = 'nothing is half done: run the push again later'
  if (status === 429) return new IsobenchError('rate-limited', `the Hub asks for patience: ${message}`, options(again))
  return new IsobenchError('network', `the Hub did not take it: ${message}`, options(again))
}
