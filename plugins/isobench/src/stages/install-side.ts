import type { Environments, Interpreter, Wheel } from '../adapters/environment-store.ts'
import { sha256 } from '../domain/digest.ts'
import { identify } from '../domain/identity.ts'
import type { InstalledSide, WheelAttempt } from '../schema/environment.ts'
import { type Outcome, type Side, failed } from '../schema/outcome.ts'

/** One side to install. */
export interface SidePlan {
  readonly name: Side
  readonly commit: string
  readonly wheel: Wheel
  readonly attempts: readonly WheelAttempt[]
  readonly python: Interpreter
  /** RFC 3339: dependencies published later are not considered */
  readonly cutoff: string
}

/** A side that is installed and proven, or why it is not. */
export type SideResult =
  | { readonly side: InstalledSide; readonly lock: string }
  | { readonly side: null; readonly outcome: Outcome }

/** Locks, installs and proves one side: nothing is reported of it that its environment did not say. */
export async function installSide(
  plan: SidePlan,
  distribution: string,
  environments: Environments,
): Promise<SideResult> {
  const { commit, wheel, python } = plan
  const result = await environments.lock(wheel, python, plan.cutoff)
  if ('unresolvable' in result) {
    return { side: null, outcome: failed('dependencies-unresolvable', result.unresolvable, plan.name) }
  }
  const { lock } = result
  const { filename, location, sha256: digest, sizeBytes, version } = wheel
  const planned = {
    commit,
    rung: wheel.rung,
    wheel: {
      filename,
      location,
      sha256: digest,
      size_bytes: sizeBytes,
      version,
      generator: wheel.generator,
      build_cutoff: wheel.buildCutoff ?? null,
      overlay: wheel.overlay ?? null,
    },
    python: python.version,
    lock_sha256: sha256(lock),
    environment_key: environments.key(lock, python),
    attempts: [...plan.attempts],
  }
  const installed = await environments.ensure(planned, lock)
  const facts = await environments.inspect(installed.python, wheel)
  const claim = { commit, rung: wheel.rung, name: distribution, wheel, ancestor: wheel.overlay?.ancestor }
  const proof = identify(claim, facts)
  if ('mismatch' in proof) return { side: null, outcome: failed('version-mismatch', proof.mismatch, plan.name) }
  const { packages } = facts
  const side = { ...planned, version, identity: proof.identity, packages, torch: packages['torch'] ?? null }
  return { side, lock }
}
