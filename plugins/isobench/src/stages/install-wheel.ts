import type { CommitToInstall, Environments } from '../adapters/environment-store.ts'
import type { Git } from '../adapters/git.ts'
import { dependencyChoices } from '../domain/dependency-choices.ts'
import { dependencyCutoff } from '../domain/dependency-cutoff.ts'
import type { Commit } from '../schema/commit.ts'
import type { Environment } from '../schema/environment.ts'
import { type Outcome, type Side, failed, hints, ok } from '../schema/outcome.ts'
import type { RepositoryInput } from '../schema/repository.ts'
import { installSide } from './install-side.ts'
import { sameWheel, whyMissing } from './missing-wheel.ts'
import { type Ladder, climb } from './wheel-ladder.ts'

/** What the stage can reach. */
export interface InstallEffects {
  readonly git: () => Promise<Git>
  readonly environments: Environments
  readonly log: (message: string) => void
}

/** The artifact `environment.json` and the two `pylock.toml` texts, which are null when nothing was installed. */
export interface Installation {
  readonly environment: Environment
  readonly locks: { readonly base: string | null; readonly head: string | null }
}

type Commits = Readonly<Record<Side, CommitToInstall>>

/**
 * Installs base and head, each from one wheel that is proven to be that commit. Both come by the same rung where one
 * has a wheel for both, get the same interpreter, and dependencies as of the date of head.
 * @returns with a failed outcome when neither a retry nor an edit would change what was found
 * @throws IsobenchError for what a retry or an edit could change
 */
export async function installWheel(
  input: { readonly repository: RepositoryInput; readonly commit: Commit },
  { git, environments, log }: InstallEffects,
): Promise<Installation> {
  const { settings } = input.repository
  const repository = await git()
  const head = await repository.commit(await repository.resolve(input.commit.head))
  const baseHash = input.commit.base ?? head.parents[0]
  if (baseHash === undefined) return nothing(failed('no-base', `the commit has no parent: ${head.hash}`), log)
  const commits: Commits = { base: await repository.commit(await repository.resolve(baseHash)), head }
  const wanted = input.commit.python ?? settings.python
  const ladder = await climb(settings.wheels, commits, (source, commit) => environments.probe(source, commit, wanted))
  const wheels = { base: ladder.base.wheel, head: ladder.head.wheel }
  if (wheels.base === null || wheels.head === null) return nothing(whyMissing(ladder, commits), log, ladder)
  const same = sameWheel(wheels.base, wheels.head)
  if (same !== null) return nothing(same, log, ladder)
  const python = await environments.choosePython([wheels.base, wheels.head], wanted)
  const cutoff = dependencyCutoff(head.commitDate, settings.dependency_slack_days)
  const install = (name: Side, wheel: NonNullable<(typeof wheels)[Side]>) => {
    const torchBackend = settings.torch_backend ?? null
    const { attempts } = ladder[name]
    const plan = { name, commit: commits[name].hash, wheel, attempts, python, cutoff, torchBackend }
    return installSide(plan, settings.package.name, environments)
  }
  const [base, onHead] = await Promise.all([install('base', wheels.base), install('head', wheels.head)])
  if (base.side === null) return nothing(base.outcome, log, ladder)
  if (onHead.side === null) return nothing(onHead.outcome, log, ladder)
  for (const [name, { side }] of Object.entries({ base, head: onHead })) {
    log(`${name}: ${side.wheel.filename} by ${side.rung}, proven by ${side.identity}, Python ${side.python}`)
  }
  const { name, version } = await environments.installer()
  const hasDependencies = [wheels.base, wheels.head].some((wheel) => environments.hasDependencies(wheel))
  return {
    environment: {
      schema_version: 1,
      outcome: ok,
      installer: { name, version },
      platform: python.platform,
      ...(settings.dependency_source === 'host' ? { dependency_source: 'host' as const } : {}),
      cutoff: hasDependencies ? cutoff : null,
      choices: hasDependencies ? dependencyChoices(settings) : null,
      base: base.side,
      head: onHead.side,
      comparable: base.side.rung === onHead.side.rung,
      attempts: attemptsOf(ladder),
    },
    locks: { base: base.lock, head: onHead.lock },
  }
}

/** An installation of nothing, for a reason that is told with what an edit could change. */
function nothing(outcome: Outcome, log: InstallEffects['log'], ladder?: Ladder): Installation {
  const hint = outcome.reason === null ? null : hints[outcome.reason]
  log(`${outcome.reason}${outcome.side === null ? '' : ` (${outcome.side})`}: ${outcome.message}`)
  if (hint !== null) log(`hint: ${hint}`)
  return {
    environment: {
      schema_version: 1,
      outcome,
      installer: null,
      platform: null,
      cutoff: null,
      choices: null,
      base: null,
      head: null,
      comparable: false,
      attempts: ladder === undefined ? { base: [], head: [] } : attemptsOf(ladder),
    },
    locks: { base: null, head: null },
  }
}

function attemptsOf({ base, head }: Ladder): Environment['attempts'] {
  return { base: [...base.attempts], head: [...head.attempts] }
}
