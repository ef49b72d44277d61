import type { CommitRecord } from '../../schema/record.ts'
import type { Verdict } from '../../schema/measurement.ts'
import { type Content, type Markup, html } from './markup.ts'
import { commitPath } from './page.ts'
import { verdictSigns } from './words.ts'

/** A verdict with its sign and colour. */
export function verdictBadge(verdict: Verdict): Markup {
  return html`<span class="badge verdict-${verdict}"
    ><span aria-hidden="true">${verdictSigns[verdict]}</span> ${verdict}</span
  >`
}

/** Words of our own in which backticks mark code. */
export function prose(text: string): Content {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))
}

/** A link to the page of a commit, from a page in the folder of the report itself. */
export function commitLink({ instance_id: id }: Pick<CommitRecord, 'instance_id'>): Markup {
  return html`<a href="${commitPath(id)}">${id}</a>`
}
