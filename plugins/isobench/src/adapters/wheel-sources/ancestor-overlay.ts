import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { overlayObstacle, overlayVersion } from '../../domain/overlay.ts'
import { packageRoots } from '../../domain/python-module.ts'
import { objection } from '../../domain/wheel-answer.ts'
import type { Overlay, WheelAttempt } from '../../schema/environment.ts'
import { type ExactSource, type Repository, isExact } from '../../schema/repository.ts'
import type { Git } from '../git.ts'
import type { Interpreter } from '../python.ts'
import { InvalidWheel } from '../wheel.ts'
import { writeOverlay } from '../wheel-overlay.ts'
import type { StoredWheel, WheelStore } from '../wheel-store.ts'
import type { PeekedWheel } from './peek-wheel.ts'
import type { CommitToInstall, Located, Probe, ReadWheel, Wheel } from './source.ts'

const defaultAncestors = 50

/** Part of what a kept wheel is found by: raised when overlays are made in another way. */
const recipe = 1

interface Overlayer {
  readonly settings: Repository
  readonly store: WheelStore
  readonly git: () => Promise<Git>
  /** Runs the program that writes the wheel */
  readonly python: () => Promise<Interpreter>
  readonly log: (message: string) => void
}

/**
 * Makes a wheel of the commit from the wheel that another source has of the commit itself or of the nearest ancestor
 * along first parents (reference/wheels.md §3.4). An ancestor is passed over, without asking for its wheel, when native
 * code or packaging differs between it and the commit: then its compiled files or its METADATA are not those of the
 * commit. That the wheel starts from the commit itself where that has one lets two sides of which one has no wheel
 * come by one rung.
 * @param ancestors how many first parents to go back
 * @param probeExact asks one of the sources that have wheels of commits
 * @param overlay makes the wheel from that of the ancestor, or says why that one does not do
 */
export async function probeAncestors<Read extends ReadWheel>(
  commit: CommitToInstall,
  ancestors: number | undefined,
  probeExact: (source: ExactSource, commit: CommitToInstall) => Promise<Probe<Located<Read>>>,
  overlay: (commit: string, base: Located<Read> & { readonly ancestor: string }) => Promise<Located<Read> | string>,
  { settings, git: open }: Pick<Overlayer, 'settings' | 'git'>,
): Promise<Probe<Located<Read>>> {
  const git = await open()
  const attempts: WheelAttempt[] = []
  const say = (location: string, answer: string) => attempts.push({ rung: 'ancestor-overlay', location, answer })
  for await (const ancestor of git.ancestry(commit.hash, ancestors ?? defaultAncestors)) {
    const obstacle = overlayObstacle(ancestor.changes, settings)
    if (obstacle !== null) {
      say(`commit:${ancestor.hash}`, `native code or packaging differs: ${obstacle}`)
      continue
    }
    for (const source of settings.wheels.filter(isExact)) {
      const probe = await probeExact(source, ancestor)
      for (const { location, answer } of probe.attempts) say(location, answer)
      if (probe.wheel === null) continue
      const wheel = await overlay(commit.hash, { ...probe.wheel, ancestor: ancestor.hash })
      if (typeof wheel !== 'string') return { wheel, attempts, buildFailure: null }
      say(`commit:${ancestor.hash}`, wheel)
    }
  }
  return { wheel: null, attempts, buildFailure: null }
}

/**
 * The overlay of a commit on one wheel, from the store or newly made, or one line that says why the wheel does not do.
 * @param base the wheel of an ancestor, which must be in the store
 */
export async function overlayWheel(
  commit: string,
  base: Pick<StoredWheel, 'sha256' | 'filename' | 'version'> & { readonly ancestor: string; readonly location: string },
  { settings, store, git, python, log }: Overlayer,
): Promise<Wheel | string> {
  const repository = await git()
  const { tree } = await repository.commit(commit)
  const overlay: Overlay = { ancestor: base.ancestor, location: base.location, sha256: base.sha256, tree }
  const version = overlayVersion(base.version, commit)
  const { import: importName } = settings.package
  const roots = packageRoots(settings)
  const origin = { overlay: { ancestor: base.ancestor, sha256: base.sha256, tree }, version, importName, roots, recipe }
  const made = (wheel: StoredWheel): Wheel => ({
    ...wheel,
    rung: 'ancestor-overlay',
    location: `overlay:${commit}`,
    overlay,
  })
  const kept = await store.recall(origin)
  if (kept !== undefined) return made(kept)
  log(`writing ${commit.slice(0, 8)} over the wheel of ${base.ancestor.slice(0, 8)}`)
  return store.withFolder(async (folder) => {
    const trees = { ancestorTree: join(folder, 'ancestor'), tree: join(folder, 'commit') }
    await Promise.all(Object.values(trees).map((path) => mkdir(path)))
    await repository.exportTree(base.ancestor, trees.ancestorTree)
    await repository.exportTree(commit, trees.tree)
    const output = join(folder, 'wheel')
    const job = { wheel: store.path(base), ...trees, roots, importName, version, output, python: (await python()).path }
    try {
      const refusal = await writeOverlay(job)
      return refusal === null ? made(await store.keep(output, base.filename, origin)) : `cannot be used: ${refusal}`
    } catch (error) {
      if (error instanceof InvalidWheel) return objection('invalid', error.message)
      throw error
    }
  })
}

/** What is known of the overlay of a commit before it is made. */
export function wouldOverlay(
  commit: string,
  { version, ...base }: Located<PeekedWheel> & { readonly ancestor: string },
): Promise<Located<PeekedWheel>> {
  return Promise.resolve({
    ...base,
    version: version === null ? null : overlayVersion(version, commit),
    fingerprint: null,
    rung: 'ancestor-overlay',
    location: `overlay:${commit}`,
  })
}
