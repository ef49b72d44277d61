import { z } from 'zod'
import { Outcome } from './outcome.ts'
import { CommitHash, Instant, Sha256 } from './primitives.ts'
import { DependencySource } from './repository.ts'

/** One place that was asked for a wheel, in the order of the attempts. */
export const WheelAttempt = z.object({
  rung: z.enum(['build', 'wheel-index', 'ancestor-overlay', 'release']),
  location: z.string().describe('URL, or what was built'),
  answer: z.string().describe('HTTP status, or `built`, or one line that says why not'),
})
export type WheelAttempt = z.infer<typeof WheelAttempt>

/** What was installed on one side, as the environment itself says. */
export const InstalledSide = z.object({
  commit: CommitHash,
  rung: WheelAttempt.shape.rung,
  wheel: z.object({
    filename: z.string(),
    location: z.string().describe('URL, or `build:<commit>`'),
    sha256: Sha256,
    size_bytes: z.int().positive(),
    version: z.string().describe('Version in the METADATA of the wheel'),
  }),
  version: z.string().describe('Version that `importlib.metadata` reports in the environment'),
  identity: z
    .enum(['version', 'commit-id', 'direct-url', 'wheel-digest', 'release-version'])
    .describe(
      'What proves that this is the commit: its id in the version, its id in a file of the package, its hash in the URL of the wheel, the digest of a wheel that was built here from its tree, or the exact version that the settings name for it',
    ),
  python: z.string().describe('Version of the interpreter, e.g. `3.11.7`'),
  packages: z.record(z.string(), z.string()).describe('Every distribution installed, name to version'),
  torch: z.string().nullable(),
  lock_sha256: Sha256,
  environment_key: z.string().describe('Key in the environment store'),
  attempts: z.array(WheelAttempt),
})
export type InstalledSide = z.infer<typeof InstalledSide>

/** `out/environment.json`: what is installed on both sides. */
export const Environment = z
  .object({
    schema_version: z.literal(1),
    outcome: Outcome,
    installer: z
      .object({ name: z.enum(['uv', 'pip']), version: z.string() })
      .nullable()
      .describe('null when nothing was installed'),
    platform: z.string().nullable().describe('e.g. `linux-x86_64`'),
    dependency_source: DependencySource.optional().describe(
      '`host`: only the package was installed, the rest comes from the machine that measures; default: `lock`',
    ),
    cutoff: Instant.nullable().describe('Dependencies newer than this were not considered; null when there are none'),
    base: InstalledSide.nullable(),
    head: InstalledSide.nullable(),
    comparable: z.boolean().describe('Whether both sides came by the same rung'),
    attempts: z.object({ base: z.array(WheelAttempt), head: z.array(WheelAttempt) }),
  })
  .meta({ id: 'environment', title: 'environment.json' })
export type Environment = z.infer<typeof Environment>
