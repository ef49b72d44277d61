import { z } from 'zod'
import { RelativePath, Sha256, Slug } from './primitives.ts'
import { DependencySource } from './repository.ts'
import { ControlKind } from './run-bundle.ts'

/** A wheel in the bundle. */
const BundledWheel = z.object({ path: RelativePath, sha256: Sha256 })

/** One side to install: the wheel of the measured package first. */
const BundledSide = z.object({
  version: z.string().describe('Version that the installed package must report'),
  wheels: z.array(BundledWheel).min(1),
})
export type BundledSide = z.infer<typeof BundledSide>

/** One measurement of a portable bundle; its plan, test and locks are in `commits/<instance_id>/`, those of a control in `commits/<instance_id>.<control>/`. */
const BundledCommit = z.object({
  instance_id: Slug,
  control: ControlKind.nullable().describe('An A/A control of the commit before it: base stands on both sides'),
  plan_sha256: Sha256,
  dependencies: DependencySource,
  distribution: z.string(),
  import: z.string(),
  python: z.string().describe('Major and minor version that the wheels of a lock are for, e.g. `3.11`'),
  base: BundledSide,
  head: BundledSide,
})
export type BundledCommit = z.infer<typeof BundledCommit>

/** `bundle.json` of a portable bundle: what it measures, and the digest of every other file in it. */
export const PortableBundle = z.object({
  schema_version: z.literal(1),
  tool: z.string(),
  commits: z.array(BundledCommit).min(1),
  files: z.record(RelativePath, Sha256),
})
export type PortableBundle = z.infer<typeof PortableBundle>
