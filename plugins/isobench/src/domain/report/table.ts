import { type Content, type Markup, html } from './markup.ts'

/** A column: its heading, and whether its cells are figures, which stand at the right. */
export interface Heading {
  readonly name: Content
  readonly isNumber?: boolean
}

/** A table in a region that scrolls by itself where the page is narrow. The first cell of a row is its heading. */
export function table(caption: string, headings: readonly Heading[], rows: readonly (readonly Content[])[]): Markup {
  const numeric = (index: number): Content => headings[index]?.isNumber === true && html` class="number"`
  return scrolling(
    `Table: ${caption}`,
    html`<table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${headings.map(({ name }, index) => html`<th scope="col" ${numeric(index)}>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first = null, ...others]) =>
            html`<tr>
              <th scope="row">${first}</th>
              ${others.map((cell, index) => html`<td${numeric(index + 1)}>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>`,
  )
}

/** Content that is wider than a phone, in a region that the keyboard can scroll. */
export function scrolling(label: string, content: Content): Markup {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`
}

/** Pairs of a name and its value; what is null is left out. `wide` is for values that are long without a space. */
export function facts(
  pairs: readonly (readonly [name: string, value: Content])[],
  layout: 'narrow' | 'wide' = 'narrow',
): Markup {
  return html`<dl class="facts ${layout}">
    ${pairs
      .filter(([, value]) => value !== null)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`
}

/** A section of a page with its heading. Nothing where there is no content. */
export function section(id: string, heading: string, content: Content): Content {
  if (content === null || content === false) return null
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${heading}</h2>
    ${content}
  </section> `
}

/** Text that a person or a machine wrote: it keeps its own direction and changes nothing around it. */
export function said(text: string): Markup {
  return html`<bdi>${text}</bdi>`
}

/** A name, a digest or a path. */
export function code(text: string): Markup {
  return html`<code>${text}</code>`
}

/** What no artifact says. */
export const unknown: Markup = html`<span class="soft">not known</span>`
