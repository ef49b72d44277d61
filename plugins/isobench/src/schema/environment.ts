import { z } from 'zod'
import { Outcome } from './outcome.ts'
import { CommitHash, Instant, Sha256 } from './primitives.ts'
import { DependencySource, dependencyChoices } from './repository.ts'

/** One place that was asked for a wheel, in the order of the attempts. */
export const WheelAttempt = z.object({
  rung: z.enum(['build', 'wheel-index', 'ancestor-overlay', 'release']),
  location: z.string().describe('URL, or `build:`, `overlay:` or `commit:` and a commit'),
  answer: z.string().describe('HTTP status, or `built`, or one line that says why not'),
})
export type WheelAttempt = z.infer<typeof WheelAttempt>

/** What a wheel was made of where it is that of an ancestor with the files of the commit written over it. */
export const Overlay = z.object({
  ancestor: CommitHash.describe('The commit whose wheel it was; the commit itself where that has a wheel'),
  location: z.string().describe('URL of the wheel of the ancestor'),
  sha256: Sha256.describe('Digest of the wheel of the ancestor'),
  tree: CommitHash.describe('Git tree of the commit whose files were written over it'),
})
export type Overlay = z.infer<typeof Overlay>

/** What was installed on one side, as the environment itself says. */
export const InstalledSide = z.object({
  commit: CommitHash,
  rung: WheelAttempt.shape.rung,
  wheel: z.object({
    filename: z.string(),
    location: z.string().describe('URL, or `build:<commit>` or `overlay:<commit>` for one that was made here'),
    sha256: Sha256,
    size_bytes: z.int().positive(),
    version: z.string().describe('Version in the METADATA of the wheel'),
    generator: z
      .string()
      .nullable()
      .describe('Build back end and its version, as the wheel says, e.g. `setuptools (75.6.0)`; null: it does not say'),
    build_cutoff: Instant.nullable().describe(
      'Build requirements newer than this were not considered; null for a wheel that was not built here',
    ),
    overlay: Overlay.nullable().describe('null for a wheel that is used as it was made'),
  }),
  version: z.string().describe('Version that `importlib.metadata` reports in the environment'),
  identity: z
    .enum(['version', 'commit-id', 'direct-url', 'wheel-digest', 'release-version'])
    .describe(
      'What proves that this is the commit: its id in the version, its id in a file of the package, its hash in the URL of the wheel, the digest of a wheel that was made here from its tree, or the exact version that it was released as',
    ),
  python: z.string().describe('Version of the interpreter, e.g. `3.11.7`'),
  packages: z.record(z.string(), z.string()).describe('Every distribution installed, name to version'),
  torch: z.string().nullable(),
  lock_sha256: Sha256,
  environment_key: z.string().describe('Key in the environment store'),
  attempts: z.array(WheelAttempt),
})
export type InstalledSide = z.infer<typeof InstalledSide>

/** How the dependencies were chosen: the settings of the repository as they were. */
export const DependencyChoices = z.object({
  index: z.string().nullable().describe('null: that of uv'),
  torch_backend: z.string().nullable().describe('null: whichever the index has'),
  constraints: dependencyChoices.constraints.unwrap(),
  overrides: dependencyChoices.overrides.unwrap(),
  cutoff_exceptions: dependencyChoices.cutoff_exceptions.unwrap(),
})
export type DependencyChoices = z.infer<typeof DependencyChoices>

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
    choices: DependencyChoices.nullable().describe('How dependencies were chosen; null when there are none'),
    base: InstalledSide.nullable(),
    head: InstalledSide.nullable(),
    comparable: z.boolean().describe('Whether both sides came by the same rung'),
    attempts: z.object({ base: z.array(WheelAttempt), head: z.array(WheelAttempt) }),
  })
  .meta({ id: 'environment', title: 'environment.json' })
export type Environment = z.infer<typeof Environment>
