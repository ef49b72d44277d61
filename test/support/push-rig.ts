import { createHash } from 'node:crypto'
import { openHub } from '../../plugins/isobench/src/adapters/hub.ts'
import { canonicalJson } from '../../plugins/isobench/src/domain/canonical-json.ts'
import { sha256 } from '../../plugins/isobench/src/domain/digest.ts'
import type { LocalFile } from '../../plugins/isobench/src/domain/push-plan.ts'
import { type PushInput, type PushResult, push } from '../../plugins/isobench/src/stages/push.ts'
import type { HubRepository } from './hub-repository.ts'

/** A build as `push` takes it: its files by path, with a manifest that fits them. */
export interface Build {
  readonly input: PushInput
  readonly contents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
}

/** A build of these texts. `members` are the ids of its rows. */
export function build(
  texts: Readonly<Record<string, string>>,
  members: readonly string[] = ['demo-1'],
  options: Partial<PushInput> = {},
): Build {
  const files = Object.entries(texts)
  const manifest = {
    schema_version: 1 as const,
    dataset: 'demo',
    tool: 'nx-isobench 0.1.0',
    records: members.length,
    files: files.map(([path, text]) => ({
      path,
      sha256: sha256(text),
      size_bytes: Buffer.byteLength(text),
      rows: null,
    })),
    members: [...members],
  }
  const contents = new Map(
    [...files, ['manifest.json', canonicalJson(manifest)] as const].map(([path, text]) => [
      path,
      new TextEncoder().encode(text),
    ]),
  )
  return {
    contents,
    input: {
      manifest,
      files: [...contents].map(([path, bytes]) => localFile(path, bytes)),
      isPrivate: true,
      dryRun: false,
      asPullRequest: false,
      tag: null,
      overwrite: null,
      ...options,
    },
  }
}

/** The same records with some files as given: a later state of the dataset. */
export function laterBuild(first: Build, texts: Readonly<Record<string, string | null>>, members?: string[]): Build {
  const before = Object.fromEntries([...first.contents].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]))
  const { 'manifest.json': _, ...files } = { ...before, ...texts }
  const kept = Object.fromEntries(Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null))
  return build(kept, members ?? first.input.manifest.members)
}

function localFile(path: string, bytes: Uint8Array): LocalFile {
  return {
    path,
    sizeBytes: bytes.byteLength,
    sha256: sha256(bytes),
    gitOid: createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex'),
  }
}

export interface Pushed {
  readonly result: PushResult
  readonly log: readonly string[]
  /** Seconds that were asked to be waited; nothing was waited in truth */
  readonly waits: readonly number[]
}

/** Pushes a build to `tester/demo` of a loopback Hub, without the waits. */
export async function pushTo(
  url: string,
  { input, contents }: Build,
  options: Partial<PushInput> & { token?: string; onLog?: (line: string) => void } = {},
): Promise<Pushed> {
  const log: string[] = []
  const waits: number[] = []
  const wait = async (seconds: number): Promise<void> => void waits.push(seconds)
  const { token = 'hf_test', onLog, ...changes } = options
  const hub = openHub({ endpoint: url, name: 'tester/demo', token, wait, random: () => 0 })
  const result = await push(
    { ...input, ...changes },
    {
      hub,
      wait,
      random: () => 0,
      content: async (path) => new Blob([contents.get(path)!]),
      log: (line) => {
        log.push(line)
        onLog?.(line)
      },
    },
  )
  return { result, log, waits }
}

/** Whether a revision holds exactly a build, besides files that no build wrote. */
export function isAt(repository: HubRepository, revision: string, { contents }: Build): boolean {
  const { '.gitattributes': _, ...there } = repository.texts(revision)
  const paths = Object.keys(there).toSorted()
  return (
    JSON.stringify(paths) === JSON.stringify([...contents.keys()].toSorted()) &&
    paths.every((path) => Buffer.from(there[path]!, 'latin1').equals(contents.get(path)!))
  )
}
