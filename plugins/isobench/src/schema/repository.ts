import { z } from 'zod'
import { CommitHash, RelativePath } from './primitives.ts'

const httpsUrl = z.url({ protocol: /^https?$/ })

/** A requirement specifier (PEP 508); one that names a URL must name its digest. No option of an installer fits. */
const Requirement = z
  .string()
  .max(500)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])? ?(?:\[[A-Za-z0-9., _-]*\])? ?(?:$|[<>=!~(;](?:(?! -)[^\\\n\r])*$|@ ?https?:\/\/[^\s\\#]+#sha256=[0-9a-f]{64}$)/,
    'must be a requirement such as "numpy<2" or "name @ https://host/name.whl#sha256=<digest>"',
  )

const reason = z.string().min(1).max(500).describe('Why, in one line')

/** Limits the choice of versions. */
const Constraint = z.strictObject({ requirement: Requirement.describe('e.g. `transformers<4.47`'), reason })

/** Replaces what packages say they need. A wheel is compiled against exactly one torch, so that one stays as it is. */
const Override = z.strictObject({
  requirement: Requirement.refine(
    (requirement) => !/^torch(?![A-Za-z0-9._-])/i.test(requirement),
    'torch must stay the one that the wheel names: its compiled parts fit no other',
  ).describe('What is needed instead, e.g. `numpy<2`'),
  reason,
})

/** A package that may be newer than the cut-off, or whose index does not say when its files came. */
const CutoffException = z.strictObject({
  package: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/)
    .describe('Distribution name'),
  reason,
})

/** How dependencies are chosen, besides the date of the commit. Every choice of a person has its reason beside it. */
export const dependencyChoices = {
  torch_backend: z
    .string()
    .regex(/^(?:cpu|xpu|cu\d{2,3}|rocm\d+(?:\.\d+)*)$/, 'must be a torch back end such as "cu128", never "auto"')
    .optional()
    .describe('Build of torch, e.g. `cu128`; default: the one on the index. It must fit the variant of the wheels'),
  constraints: z.array(Constraint).optional().describe('Limits on versions'),
  overrides: z.array(Override).optional().describe('What replaces the requirements of packages'),
  cutoff_exceptions: z.array(CutoffException).optional().describe('Packages that the cut-off date does not hold for'),
}

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
      dates: z
        .string()
        .regex(/^[^{}]*\{date\}[^{}]*$/, 'must hold "{date}" once, such as "dev{date}"')
        .optional()
        .describe(
          'How versions of nightly builds name their day, e.g. `dev{date}` for 2.12.0.dev20260407: the build of the day of the commit (UTC) is taken, and it counts only when it embeds the id of the commit',
        ),
    })
    .refine(({ versions, tags, dates }) => (versions ?? tags ?? dates) !== undefined, {
      message: 'needs `versions`, `tags` or `dates`',
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

/** Where everything but the measured package comes from. */
export const DependencySource = z.enum(['lock', 'host'])
export type DependencySource = z.infer<typeof DependencySource>

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
      .array(Requirement)
      .optional()
      .describe('What the tests need besides the package, as requirement specifiers with exact pins'),
    dependency_source: DependencySource.optional().describe(
      '`lock` (default) installs what the package needs as of the date of the commit; `host` takes torch and the like from the machine that measures, by a run bundle',
    ),
    dependency_slack_days: z
      .int()
      .min(0)
      .max(3650)
      .optional()
      .describe('Dependencies published up to so many days after the head commit are considered; default: 7'),
    dependency_index: httpsUrl
      .refine((url) => new URL(url).username === '', 'must hold no user and no password: it is written into artifacts')
      .optional()
      .describe('The one index (PEP 503) that dependencies come from; default: that of uv'),
    ...dependencyChoices,
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
  .refine((repository) => repository.dependency_source !== 'host' || repository.dependencies === undefined, {
    message: '`dependencies` cannot be installed where `dependency_source` is `host`',
  })
  .meta({ id: 'repository', title: 'repository.yaml' })
export type Repository = z.infer<typeof Repository>

/** A repository with the name of its folder: what every stage is given. */
export interface RepositoryInput {
  readonly name: string
  readonly settings: Repository
}
