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

/**
 * What the version of a nightly build has as one of its parts when it is of the day of the commit, e.g. `dev20260407`.
 * @param commitDate RFC 3339, UTC
 */
export function partOfDay(commitDate: string, dates: string): string {
  return dates.replace('{date}', commitDate.slice(0, 10).replaceAll('-', ''))
}

/** Whether a version such as `2.12.0.dev20260407+cu128` has such a part. */
export function isOfDay(version: string, part: string): boolean {
  return version.split(/[.+]/).includes(part)
}
