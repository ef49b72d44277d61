import { join } from 'node:path'
import type { z } from 'zod'
import type { Environments } from '../adapters/environment-store.ts'
import { readTextIfPresent, sha256 } from '../adapters/files.ts'
import type { Git } from '../adapters/git.ts'
import { IsobenchError } from '../errors.ts'
import type { Commit } from '../schema/commit.ts'
import type { RepositoryInput } from '../schema/repository.ts'
import { worksAtOnce } from './at-once.ts'
import { Batch } from './batch.ts'
import { commitOf } from './create-nodes.ts'
import type { LogEvent } from './outputs.ts'
import { redact } from './redact.ts'
import { storeDirectory } from './store-directory.ts'

/** The part of Nx's context that is needed: an executor has it, a generator can make it. */
interface Projects {
  readonly root: string
  readonly projectsConfigurations: {
    readonly projects: Readonly<Record<string, { readonly root: string; readonly tags?: readonly string[] }>>
  }
}

/**
 * What a stage can reach in the workspace. The only place where paths, settings files and adapters meet. Schemas, the
 * YAML parser and adapters are loaded where they are used: a task that Nx runs alone pays for all that it loads.
 */
export class StageContext {
  readonly workspaceRoot: string
  readonly projectName: string
  readonly projectRoot: string
  readonly projectDirectory: string
  readonly storeDirectory: string
  readonly events: LogEvent[] = []
  readonly #nx: Projects
  readonly #stage: string
  readonly #print: (line: string) => void
  readonly #projects: Projects['projectsConfigurations']['projects']
  readonly #batch: Batch
  #environments: Promise<Environments> | undefined

  constructor(nx: Projects, project: string, stage: string, print: (line: string) => void, batch = new Batch()) {
    this.workspaceRoot = nx.root
    this.projectName = project
    this.projectRoot = nx.projectsConfigurations.projects[project]!.root
    this.projectDirectory = join(nx.root, this.projectRoot)
    this.storeDirectory = storeDirectory(nx.root)
    this.#projects = nx.projectsConfigurations.projects
    this.#nx = nx
    this.#stage = stage
    this.#print = print
    this.#batch = batch
  }

  /** One thing for all tasks of this batch, made when it is first asked for. It must not belong to one task. */
  shared<Value>(key: string, create: () => Value): Value {
    return this.#batch.shared(key, create)
  }

  /** Does `work` when fewer than `atOnce` tasks of this batch are doing theirs with this key, in order of asking. */
  turn<Result>(key: string, atOnce: number, work: () => Promise<Result>): Promise<Result> {
    return this.#batch.turn(this.projectName, key, atOnce, work)
  }

  /** The same inside of a task, which may come to a gathering after it. For what is heavy: `worksAtOnce`. */
  limited<Result>(key: string, atOnce: number, work: () => Promise<Result>): Promise<Result> {
    return this.#batch.limited(key, atOnce, work)
  }

  /**
   * Waits until every task of this batch that is at work has come here, taken a turn or ended. Then `work` is called
   * once with the items of all that came with this key, and gives a promise for each, in their order.
   */
  together<Item, Result>(
    key: string,
    item: Item,
    work: (items: readonly Item[]) => readonly Promise<Result>[],
  ): Promise<Result> {
    return this.#batch.together(this.projectName, key, item, work)
  }

  /** Says one thing to the person who watches, and keeps it in the stage's log. Secrets are taken out. */
  readonly log = (message: string): void => {
    const safe = redact(message, process.env)
    this.events.push({ time: new Date().toISOString(), message: safe })
    this.#print(`${this.projectName} ${this.#stage}: ${safe}`)
  }

  /** `commits/<repository>`, relative to the workspace. */
  get repositoryFolder(): string {
    return this.projectRoot.split('/').slice(0, -1).join('/')
  }

  async repository(): Promise<RepositoryInput> {
    const { Repository } = await import('../schema/repository.ts')
    const settings = await this.settings(Repository, `${this.repositoryFolder}/repository.yaml`)
    if (settings === undefined) {
      throw new IsobenchError('bad-input', `no such file: ${this.repositoryFolder}/repository.yaml`, {
        hint: 'it says where the code and the wheels come from; commits/demo/repository.yaml is an example',
      })
    }
    return { name: this.repositoryFolder.split('/').at(-1)!, settings }
  }

  /** `commit.yaml`, with what a schema cannot check: the folder names the head, and base is another commit. */
  async commit(): Promise<Commit> {
    const file = `${this.projectRoot}/commit.yaml`
    const commit = await this.#commitSettings(file)
    const folder = this.projectRoot.split('/').at(-1)!
    if (!/^[0-9a-f]{8,40}$/.test(folder) || !commit.head.startsWith(folder)) {
      throw await this.#settingsError(
        file,
        ['head'],
        `the folder must be named after the first digits of the head commit: ${folder}`,
      )
    }
    if (commit.base === commit.head)
      throw await this.#settingsError(file, ['base'], `base and head are the same commit: ${commit.base}`)
    return commit
  }

  async #commitSettings(file: string): Promise<Commit> {
    const { Commit: schema } = await import('../schema/commit.ts')
    return this.requiredSettings(schema, file)
  }

  /** A settings file of the workspace, or undefined when it is not there. Those of many commits are read once a batch. */
  async settings<Schema extends z.ZodType>(schema: Schema, file: string): Promise<z.infer<Schema> | undefined> {
    if (file.startsWith(`${this.projectRoot}/`)) return this.#readSettings(schema, file)
    return this.shared(`settings ${file}`, () => this.#readSettings(schema, file))
  }

  async #readSettings<Schema extends z.ZodType>(schema: Schema, file: string): Promise<z.infer<Schema> | undefined> {
    const text = await readTextIfPresent(join(this.workspaceRoot, file))
    if (text === undefined) return undefined
    const { parseSettings } = await import('../domain/settings.ts')
    return parseSettings(schema, text, file)
  }

  async requiredSettings<Schema extends z.ZodType>(schema: Schema, file: string): Promise<z.infer<Schema>> {
    const settings = await this.settings(schema, file)
    if (settings === undefined) throw new IsobenchError('bad-input', `no such file: ${file}`)
    return settings
  }

  async #settingsError(file: string, path: readonly string[], message: string): Promise<IsobenchError> {
    const { settingsError } = await import('../domain/settings.ts')
    return settingsError((await this.text(file)) ?? '', file, path, message)
  }

  /** The text of a file of the workspace, or null when it is not there. */
  async text(file: string): Promise<string | null> {
    return (await readTextIfPresent(join(this.workspaceRoot, file))) ?? null
  }

  /** The text of an output of an earlier stage, or null when that stage left none. */
  output(name: string): Promise<string | null> {
    return this.text(`${this.projectRoot}/out/${name}`)
  }

  /** An artifact of an earlier stage, checked again: a corrupt cache entry is restored without a word. */
  async artifact<Schema extends z.ZodType>(
    schema: Schema,
    name: string,
  ): Promise<{ value: z.infer<Schema>; sha256: string }> {
    const file = `${this.projectRoot}/out/${name}`
    const text = await this.text(file)
    const hint = 'run `npx nx reset` and then the target again'
    if (text === null) throw new IsobenchError('corrupt-artifact', `no such artifact: ${file}`, { hint })
    try {
      return { value: schema.parse(JSON.parse(text)), sha256: sha256(text) }
    } catch (cause) {
      throw new IsobenchError('corrupt-artifact', `artifact does not fit its schema: ${file}`, { hint, cause })
    }
  }

  /** The tool's own mirror of the repository, opened once a batch. */
  readonly git = async (): Promise<Git> => {
    const [{ openSource, readMirror }, repository] = await Promise.all([
      import('../adapters/git.ts'),
      this.repository(),
    ])
    const source = {
      ...repository,
      directory: join(this.workspaceRoot, this.repositoryFolder),
      storeDirectory: this.storeDirectory,
      log: this.log,
    }
    const mirror = await this.shared(`mirror of ${this.repositoryFolder}`, () => openSource(source))
    const git = readMirror(mirror, this.log)
    return { ...git, resolve: (hash) => git.resolve(hash).catch((error) => this.#unresolved(hash, error)) }
  }

  /** Says where `commit.yaml` names the commit that cannot be resolved; a parent or an extraction's base is not there. */
  async #unresolved(hash: string, error: unknown): Promise<never> {
    const file = `${this.projectRoot}/commit.yaml`
    const commit = await this.#commitSettings(file)
    const key = (['head', 'base'] as const).find((name) => commit[name] === hash)
    if (key === undefined || !(error instanceof IsobenchError) || error.code !== 'commit-not-found') throw error
    const { placedError } = await import('../domain/settings.ts')
    throw placedError((await this.text(file)) ?? '', file, [key], error)
  }

  /** The environments of the repository, opened once. */
  readonly environments = (): Promise<Environments> => {
    this.#environments ??= this.#openEnvironments()
    return this.#environments
  }

  async #openEnvironments(): Promise<Environments> {
    const { createEnvironments } = await import('../adapters/environment-store.ts')
    const repository = await this.repository()
    const { git, log } = this
    const cluster = async () => (await import('./measuring-runner.ts')).buildingCluster(this)
    const opened = createEnvironments({ storeDirectory: this.storeDirectory, repository, git, log, cluster })
    const onDisk = <Result>(work: () => Promise<Result>) => this.limited('installing', worksAtOnce.installing, work)
    const asking = <Result>(work: () => Promise<Result>) => this.limited('asking', worksAtOnce.asking, work)
    return {
      ...opened,
      ensure: (side, lock) => onDisk(() => opened.ensure(side, lock)),
      lock: (wheel, python, cutoff) => asking(() => opened.lock(wheel, python, cutoff)),
      inspect: (python, wheel) => asking(() => opened.inspect(python, wheel)),
    }
  }

  /** Gives back what the stage used: its environments can be collected from now on. */
  async release(): Promise<void> {
    const opened = await this.#environments?.catch(() => undefined) // that it could not be opened was thrown before
    await opened?.release()
  }

  /** The same for another project; what it says goes into the log of this one. */
  of(project: string): StageContext {
    return new StageContext(this.#nx, project, this.#stage, (line) => this.log(line), this.#batch)
  }

  /** The commits of this workspace, as the graph has them. */
  commits(): { readonly name: string; readonly root: string; readonly repository: string; readonly folder: string }[] {
    return Object.entries(this.#projects)
      .filter(([, { tags }]) => tags?.includes('commit'))
      .map(([, { root }]) => Object.assign(commitOf(`${root}/commit.yaml`), { root }))
  }
}
