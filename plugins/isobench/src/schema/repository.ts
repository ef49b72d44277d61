import { z } from 'zod'
import { CommitHash, RelativePath } from './primitives.ts'

const httpsUrl = z.url({ protocol: /^https?$/ })

/** Where a wheel can come from. The order in the file is the order of the attempts. */
export const WheelSource = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('build'),
      subdirectory: RelativePath.optional().describe('Folder of `pyproject.toml` in the repository; default: its root'),
    })
    .describe('Build from the source at the commit'),
  z
    .strictObject({
      kind: z.literal('wheel-index'),
      urls: z.array(httpsUrl).min(1).describe('Hosts that keep wheels by commit, e.g. https://wheels.vllm.ai'),
      variant: z
        .string()
        .regex(/^[a-z0-9][a-z0-9_.]*$/, 'must be a folder such as "cu129"')
        .optional()
        .describe('Variant of the wheels, as the host names its folder, e.g. `cu129`; default: the default wheels'),
      forbidden_is_absent: z
        .boolean()
        .optional()
        .describe(
          'Whether HTTP 403 means that the host has no such file, as stores of objects answer that may not be listed; default: it is a failure, and nothing is recorded',
        ),
    })
    .describe('A host with one wheel a commit'),
  z
    .strictObject({
      kind: z.literal('ancestor-overlay'),
      ancestors: z
        .int()
        .min(1)
        .max(50)
        .optional()
        .describe('How many first parents to go back at the most, the commit itself not counted; default: 50'),
    })
    .describe(
      'The wheel that another source here has of the commit or its nearest ancestor without a change of native code or packaging since, with the Python files of the commit written over it',
    ),
  z
    .strictObject({
      kind: z.literal('release'),
      index: httpsUrl
        .optional()
        .describe(
          'A simple package index (PEP 503): the folder above that of the package; default: the default index of uv',
        ),
      versions: z
        .record(CommitHash, z.string().regex(/^\d[0-9A-Za-z.!+]*$/, 'must be an exact version such as "0.6.3"'))
        .optional()
        .describe('Version by full hash of the commit that it was released from'),
      tags: z
        .string()
        .regex(/^[^{}]*\{version\}[^{}]*$/, 'must hold "{version}" once, such as "v{version}"')
        .optional()
        .describe(
          'How tags spell versions, e.g. `v{version}`: a commit that such a tag is at was released as that version',
        ),
    })
    .refine(({ versions, tags }) => versions !== undefined || tags !== undefined, {
      message: 'needs `versions` or `tags`',
    })
    .describe('The release that the commit was published as'),
])
export type WheelSource = z.infer<typeof WheelSource>

/** A source that has the wheel of a commit itself, made by others. */
export type ExactSource = Extract<WheelSource, { kind: 'wheel-index' | 'release' }>

export function isExact(source: WheelSource): source is ExactSource {
  return source.kind === 'wheel-index' || source.kind === 'release'
}

function isOverlay({ kind }: WheelSource): boolean {
  return kind === 'ancestor-overlay'
}

/** `commits/<repository>/repository.yaml`: where the code and its wheels come from. */
export const Repository = z
  .strictObject({
    url: httpsUrl.optional().describe('Where to clone from'),
    bundle: RelativePath.optional().describe('A git bundle in this folder, instead of a URL'),
    package: z
      .strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/)
          .describe('Distribution name, as in `pip install`'),
        import: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_.]*$/)
          .describe('Name in `import`'),
        root: RelativePath.optional().describe(
          'Folder in the repository that holds the import package; default: its root',
        ),
      })
      .describe('The Python package that is measured'),
    wheels: z.array(WheelSource).min(1).describe('Where wheels come from, in the order of the attempts'),
    python: z
      .string()
      .regex(/^3\.\d{1,2}$/, 'must be a Python version such as "3.11"')
      .optional()
      .describe('Python to install and run with; default: whichever is there and fits the wheel'),
    dependencies: z
      .array(z.string().min(1))
      .optional()
      .describe('What the tests need besides the package, as requirement specifiers with exact pins'),
    dependency_slack_days: z
      .int()
      .min(0)
      .max(3650)
      .optional()
      .describe('Dependencies published up to so many days after the head commit are considered; default: 7'),
    native_paths: z
      .array(z.string().min(1))
      .optional()
      .describe('Globs of files that are compiled; a change in them rules an overlay out'),
    license: z.string().optional().describe('SPDX identifier of the code'),
  })
  .refine((repository) => (repository.url === undefined) !== (repository.bundle === undefined), {
    message: 'needs exactly one of `url` and `bundle`',
  })
  .refine(({ wheels }) => !wheels.some(isOverlay) || wheels.some(isExact), {
    message: '`ancestor-overlay` needs a `wheel-index` or `release` that has the wheels of ancestors',
    path: ['wheels'],
  })
  .meta({ id: 'repository', title: 'repository.yaml' })
export type Repository = z.infer<typeof Repository>

/** A repository with the name of its folder: what every stage is given. */
export interface RepositoryInput {
  readonly name: string
  readonly settings: Repository
}
