import { canonicalJson } from '../canonical-json.ts'
import type { CommitRecord } from '../../schema/record.ts'
import { hints, reasons } from '../../schema/outcome.ts'
import { prose, verdictBadge } from './badges.ts'
import { changeSection } from './commit-change.ts'
import { environmentSections } from './commit-environment.ts'
import { generationSections } from './commit-generation.ts'
import { measurementSections } from './commit-measurement.ts'
import { day } from './format.ts'
import { withoutHostPaths } from './host-paths.ts'
import { type Content, type Markup, html } from './markup.ts'
import { type Member } from './members.ts'
import { commitPath } from './page.ts'
import { code, facts, said, section } from './table.ts'
import { verdictSentence, whyInconclusive } from './words.ts'

/** Ids of the commits before and after it in the dataset. */
export interface Neighbours {
  readonly previous: string | null
  readonly next: string | null
}

/** Everything that is known of one commit: what it claims, what was found, and what that was found from. */
export function commitPage(member: Member, { previous, next }: Neighbours): Content {
  const { record } = member
  return [
    html`<p class="path">
        <a href="../index.html">All commits</a> / ${code(record.instance_id)}<span class="neighbours"
          >${previous !== null && html`<a href="../${commitPath(previous)}" rel="prev">← ${previous}</a>`}
          ${next !== null && html`<a href="../${commitPath(next)}" rel="next">${next} →</a>`}</span
        >
      </p>
      <h1>${said(record.commit_subject)}</h1> `,
    verdictPanel(record),
    measurementSections(member),
    generationSections(record),
    changeSection(member),
    environmentSections(member),
    section('message', 'Message', [
      html`<pre class="text" tabindex="0" aria-label="Commit message">${record.commit_message}</pre>`,
      record.notes !== null && html`<p>Notes: ${said(record.notes)}</p>`,
    ]),
    section('raw', 'Raw data', [
      provenance(record),
      html`<details>
        <summary>The record as JSON</summary>
        <pre class="code" tabindex="0" aria-label="The record as JSON">${canonicalJson(record)}</pre>
      </details>`,
    ]),
  ]
}

function verdictPanel(record: CommitRecord): Markup {
  return html`<section class="panel verdict-${record.verdict}" aria-labelledby="verdict">
    <h2 id="verdict">${verdictBadge(record.verdict)}</h2>
    <p class="sentence">${prose(verdictSentence(record))}</p>
    ${record.verdict === 'inconclusive' && html`<p>${whyInconclusive(record).join(' ')}</p>`}${loss(record)}
    ${facts([
      ['Claim', record.claim === null ? null : said(record.claim)],
      ['Expected before measuring', record.expected_verdict === null ? null : verdictBadge(record.expected_verdict)],
      ['Its task gives away', record.task_leak === null ? null : leakWords[record.task_leak.severity]],
      ['Head', commitHash(record, record.head_commit)],
      ['Base', record.base_commit === null ? 'none: the commit has no parent' : commitHash(record, record.base_commit)],
      ['Committed', day(record.commit_date)],
      [
        'Repository',
        html`${said(record.repository)}${record.repository_license !== null && html` (${said(record.repository_license)})`}`,
      ],
    ])}
  </section> `
}

const leakWords = { none: 'nothing', hint: 'a hint', answer: 'the answer' } as const

/** Where the commit was lost, why, and what a person can do. */
function loss({ reason, reason_side: side, reason_message: message }: CommitRecord): Content {
  if (reason === null) return null
  return html`<p>${code(reason)}${side !== null && ` on ${side}`}: ${prose(reasons[reason])}</p>
    ${message !== null && html`<pre class="text" tabindex="0" aria-label="What was found">${withoutHostPaths(message)}</pre>`}
    ${hints[reason] !== null && html`<p><strong>What helps:</strong> ${prose(hints[reason])}</p>`}`
}

/** A commit, with a link to it where the address is known to have such pages. Following it is up to the reader. */
function commitHash({ repository_url: url }: CommitRecord, hash: string): Markup {
  const [, page] = /^(https:\/\/github\.com\/[\w.-]+\/[\w-][\w.-]*?)(?:\.git)?\/?$/.exec(url ?? '') ?? []
  const short = html`<code title="${hash}">${hash.slice(0, 12)}</code>`
  return page === undefined ? short : html`<a href="${page}/commit/${hash}" rel="noreferrer">${short}</a>`
}

function provenance({ provenance: made }: CommitRecord): Markup {
  return facts(
    [
      ['Tool', made.tool],
      ['analysis.json', code(made.analysis_sha256)],
      ['environment.json', code(made.environment_sha256)],
      ['generation.json', code(made.generation_sha256)],
      ['measurement.json', code(made.measurement_sha256)],
      ['runs.jsonl', made.runs_sha256 === null ? 'none: nothing was run' : code(made.runs_sha256)],
    ],
    'wide',
  )
}
