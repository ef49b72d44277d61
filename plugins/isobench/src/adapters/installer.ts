import { IsobenchError } from '../errors.ts'
import type { DependencyChoices } from '../schema/environment.ts'
import type { PreparedBuild } from './build-requirements.ts'
import type { Interpreter } from './python.ts'

/** A source tree to make a wheel of. */
export interface BuildJob {
  /** Folder of `pyproject.toml`; may be written to */
  readonly source: string
  /** Empty folder for the wheel */
  readonly output: string
  readonly python: Interpreter
  /** RFC 3339: build requirements published later are not considered */
  readonly cutoff: string
  /** Variables of the build, e.g. SOURCE_DATE_EPOCH */
  readonly variables: Readonly<Record<string, string>>
}

/** Why a source does not build. */
export interface BuildFailure {
  /** The one line that says most */
  readonly message: string
  /** Everything the build printed */
  readonly output: string
}

/** Requirements to find one solution for. */
export interface ResolveJob {
  /** Requirement specifiers, one each; a wheel of ours as `name @ file:///…` */
  readonly requirements: readonly string[]
  readonly python: Interpreter
  readonly cutoff: string
  readonly choices: DependencyChoices
  /** An empty folder to work in */
  readonly directory: string
}

/** An environment to make at a path where nothing is. */
export interface MaterializeJob {
  readonly directory: string
  readonly python: Interpreter
  /** A `pylock.toml` on this machine */
  readonly lockFile: string
  /** The wheel that the lock pins by its path */
  readonly wheelFile: string
  /** How many packages the lock holds */
  readonly packages: number
  /** The open lock file, which every process started holds until it ends */
  readonly lock: number
}

/** What makes wheels, locks and environments: uv, or Python's own pip and venv where uv cannot be had. */
export interface Installer {
  readonly name: 'uv' | 'pip'
  readonly version: string
  /** URL of the package index that it asks where none is named. @throws IsobenchError where it asks none */
  defaultIndex(): Promise<string>
  /** Builds one wheel. @returns null, or why the source does not build */
  build(job: BuildJob): Promise<BuildFailure | null>
  /** What another machine needs to do the same build, or why it does not build. @throws IsobenchError without uv */
  prepareBuild(job: Omit<BuildJob, 'output'>): Promise<PreparedBuild | BuildFailure>
  /** Finds the dependencies. @returns a `pylock.toml`, or one line that says why there is no solution */
  resolve(job: ResolveJob): Promise<{ readonly lock: string } | { readonly unresolvable: string }>
  /**
   * Makes an environment; its interpreter is then `bin/python` below it. Throws unless it is whole.
   * @returns whether its files are copies: they should share the disk with the cache
   * @throws LockedPackageGone
   */
  materialize(job: MaterializeJob): Promise<{ readonly copied: boolean }>
  /** Removes what is cached of these packages, or of all, and what nothing refers to any more. */
  cleanCache(packages: readonly string[] | 'all'): Promise<void>
}

/** What a lock pins is not here, and the host that the lock names says that it has it no more. */
export class LockedPackageGone extends IsobenchError {
  constructor(message: string, cause: unknown) {
    super('corrupt-artifact', `a package of the lock cannot be had any more: ${message}`, {
      hint: 'run the target `install-wheel` again; it makes a new lock',
      cause,
    })
  }
}
