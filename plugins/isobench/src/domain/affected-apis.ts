import type { WeighedFunction } from './changed-functions.ts'
import type { FileDiff } from './diff.ts'
import { moduleOf } from './python-module.ts'
import type { Repository } from '../schema/repository.ts'

/**
 * The public names that a change touches, most changed first. What is private, as `Parser._advance`, counts for the
 * public thing around it, here `Parser`; a private function of a module counts for none.
 */
export function affectedApis(functions: readonly WeighedFunction[]): string[] {
  const lines = new Map<string, number>()
  for (const changed of functions) {
    const parts = changed.name.split('.')
    const firstPrivate = parts.findIndex((part) => part.startsWith('_'))
    const name = parts.slice(0, firstPrivate < 0 ? parts.length : firstPrivate).join('.')
    if (changed.module === null || changed.module.endsWith('.__main__') || name === '') continue
    const api = `${changed.module}.${name}`
    lines.set(api, (lines.get(api) ?? 0) + changed.lines)
  }
  return [...lines].toSorted(([a, inA], [b, inB]) => inB - inA || (a < b ? -1 : 1)).map(([api]) => api)
}

/**
 * The names of an extraction that the change bears out: they lie in a module that the commit changes, and the diff of
 * that module has their last part. The rest are a model's inventions, as `transformers.pipeline` for a change of vLLM.
 */
export function confirmedApis(
  names: readonly string[],
  diffs: readonly FileDiff[],
  repository: Pick<Repository, 'package'>,
): string[] {
  const modules = diffs.flatMap((diff) => {
    const module = moduleOf(diff.path, repository)
    const text = diff.hunks.flatMap((hunk) => [hunk.section, ...hunk.lines]).join('\n')
    return module === null ? [] : [{ prefix: `${module}.`, words: new Set(text.match(/[\p{L}_][\p{L}\p{N}_]*/gu)) }]
  })
  return names.filter((name) => {
    const parts = name.split('.')
    const isPublic = parts.every((part) => /^[\p{L}][\p{L}\p{N}_]*$/u.test(part))
    return isPublic && modules.some(({ prefix, words }) => name.startsWith(prefix) && words.has(parts.at(-1)!))
  })
}
