import type { WheelSource } from '../schema/repository.ts'

type Release = Pick<Extract<WheelSource, { kind: 'release' }>, 'versions' | 'tags'>

/**
 * The exact versions that a commit was released as: the one that the settings name for it, else those of the tags that
 * are at it. A release that merely contains the commit is not the commit, so no other tag counts.
 * @param tags names of the tags at the commit
 */
export function releasedVersions(commit: string, tags: readonly string[], release: Release): string[] {
  const named = release.versions?.[commit]
  if (named !== undefined) return [named]
  const [before, after] = release.tags?.split('{version}') ?? []
  if (before === undefined || after === undefined) return []
  const versions = tags
    .filter((tag) => tag.startsWith(before) && tag.endsWith(after) && tag.length > before.length + after.length)
    .map((tag) => tag.slice(before.length, tag.length - after.length))
    .filter((version) => /^\d[0-9A-Za-z.!+]*$/.test(version))
  return [...new Set(versions)]
}
