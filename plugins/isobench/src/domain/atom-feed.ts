import { sha256 } from './digest.ts'
import type { Regression } from './regressions.ts'
import { html as xml, type Markup } from './report/markup.ts'
import { verdictSentence } from './report/words.ts'

/**
 * The open regressions of a dataset as an Atom feed (RFC 4287): one entry a commit, whose id never changes and whose date
 * is that of the commit. Equal records give equal bytes.
 * @param updated RFC 3339, for a dataset without a regression
 */
export function atomFeed(
  { name, title, tool, updated }: { name: string; title: string; tool: string; updated: string },
  regressions: readonly Regression[],
): string {
  const id = `urn:sha256:${sha256(`isobench regressions ${name}`)}`
  const dates = regressions.map(({ record }) => record.commit_date).toSorted()
  return xml`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>${id}</id>
  <title>${title}: regressions</title>
  <updated>${dates.at(-1) ?? updated}</updated>
  <author><name>${tool}</name></author>
  <generator>${tool}</generator>
${regressions.map(entry)}</feed>
`.text
}

/** XML has no way to write these two; control characters are shown by their number like everywhere. */
function allowed(text: string): string {
  return text.replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
}

function entry({ id, record }: Regression): Markup {
  const { instance_id: instance, commit_subject: subject, affected_apis: apis, head_commit: head } = record
  const page = commitUrl(record)
  return xml`  <entry>
    <id>${id}</id>
    <title>${instance}: ${allowed(subject)}</title>
    <updated>${record.commit_date}</updated>
${page !== null && xml`    <link rel="alternate" href="${page}"/>\n`}    <content type="text">${verdictSentence(record)} Commit ${head}${apis.length > 0 && `, changes ${allowed(apis.join(', '))}`}.</content>
  </entry>
`
}

/** The page of a commit, where the repository is on a host whose pages are known. */
function commitUrl({ repository_url: url, head_commit: head }: Regression['record']): string | null {
  const [, page] = /^(https:\/\/github\.com\/[\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url ?? '') ?? []
  return page === undefined ? null : `${page}/commit/${head}`
}
