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
    })
    .describe('A host with one wheel a commit'),
  z
    .strictObject({
      kind: z.literal('release'),
      index: httpsUrl.describe('A simple package index (PEP 503): the folder above that of the package'),
      versions: z
        .record(CommitHash, z.string().regex(/^\d[0-9A-Za-z.!+]*$/, 'must be an exact version such as "0.6.3"'))
        .describe('Version by full hash of the commit that it was released from; other commits have none'),
    })
    .describe('The release that the commit was published as'),
])
export type WheelSource = z.infer<typeof WheelSource>

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
      .array(z.string().min(1))
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
    native_paths: z
      .array(z.string().min(1))
      .optional()
      .describe('Globs of files that are compiled; a change in them rules an overlay out'),
    license: z.string().optional().describe('SPDX identifier of the code'),
  })
  .refine((repository) => (repository.url === undefined) !== (repository.bundle === undefined), {
    message: 'needs exactly one of `url` and `bundle`',
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
