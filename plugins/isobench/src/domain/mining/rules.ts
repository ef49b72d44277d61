import { posix } from 'node:path'
import { IsobenchError } from '../../errors.ts'
import { type MessagePattern, MiningSettings } from '../../schema/mining-settings.ts'
import { canonicalJsonLine } from '../canonical-json.ts'
import { sha256 } from '../digest.ts'
import { parseSettings, settingsError } from '../settings.ts'
import { type LinearPattern, linearPattern } from './linear-pattern.ts'

type FilterKey = Exclude<keyof MiningSettings, 'branch' | 'more_patterns' | 'judge' | 'rejected'>
/** What the defaults always say. */
type Filters = { readonly [Key in FilterKey]: NonNullable<MiningSettings[Key]> }

/** The filters of a repository, ready for use. */
export interface MiningRules extends Omit<Filters, 'patterns' | 'excluded_messages' | 'excluded_paths'> {
  readonly patterns: readonly (MessagePattern & { readonly compiled: LinearPattern })[]
  readonly excludedMessages: readonly LinearPattern[]
  readonly isExcludedPath: (path: string) => boolean
  /** Why a person does not want a commit, by its hash */
  readonly rejected: ReadonlyMap<string, string>
  readonly branch: string | undefined
  readonly judge: MiningSettings['judge']
  /** Digest of everything that decides, but for `rejected` */
  readonly digest: string
}

/** A settings file with the name that messages give it. */
export interface SettingsFile {
  readonly file: string
  readonly text: string
}

/**
 * The filters that `mining.yaml` and the package's own defaults make.
 * @param own undefined where the repository has no mining.yaml
 * @throws IsobenchError `bad-input` with file:line:column, also for a pattern that is none
 */
export function miningRules(defaults: SettingsFile, own: SettingsFile | undefined): MiningRules {
  const files = own === undefined ? [defaults] : [defaults, own]
  const parsed = files.map(({ text, file }) => parseSettings(MiningSettings, text, file))
  const settings = Object.assign({}, ...parsed) as Omit<MiningSettings, FilterKey> & Filters
  const where = (key: keyof MiningSettings) => (own !== undefined && Object.hasOwn(parsed[1]!, key) ? own : defaults)
  const compile = (pattern: string, key: keyof MiningSettings, path: readonly PropertyKey[]) => {
    const compiled = linearPattern(pattern)
    if (!(compiled instanceof IsobenchError)) return compiled
    const { text, file } = where(key)
    throw settingsError(text, file, [key, ...path], compiled.message)
  }
  const patterns = (['patterns', 'more_patterns'] as const).flatMap((key) =>
    (settings[key] ?? []).map((pattern, index) =>
      Object.assign({}, pattern, { compiled: compile(pattern.pattern, key, [index, 'pattern']) }),
    ),
  )
  const { branch, judge, rejected = [], excluded_messages: messages, excluded_paths: paths, ...filters } = settings
  return {
    ...filters,
    patterns,
    excludedMessages: messages.map((pattern, index) => compile(pattern, 'excluded_messages', [index])),
    isExcludedPath: (path) => paths.some((glob) => posix.matchesGlob(path, glob)),
    rejected: new Map(rejected.map(({ commit, reason }) => [commit, reason])),
    branch,
    judge,
    digest: sha256(canonicalJsonLine({ ...settings, rejected: [] })).slice(0, 16),
  }
}
