const millisecondsInDay = 86_400_000

/**
 * The instant up to which published dependencies are considered: the date of the commit plus some days, because a
 * dependency that was broken on that day may have been mended just after.
 * @param commitDate RFC 3339, UTC
 * @returns RFC 3339, UTC, whole seconds
 */
export function dependencyCutoff(commitDate: string, slackDays = 7): string {
  const instant = new Date(Date.parse(commitDate) + slackDays * millisecondsInDay)
  return `${instant.toISOString().slice(0, 19)}Z`
}
