import { createHash } from 'node:crypto'
import { Markup, html } from './markup.ts'
import type { Content } from './markup.ts'

/** What all pages of a report share. */
export interface Site {
  readonly title: string
  /** Name and version of the tool, e.g. `nx-isobench 0.1.0` */
  readonly tool: string
  /** Text of `report/style.css` */
  readonly style: string
  /** Text of `report/table.js`, which only the overview has */
  readonly script: string
}

export interface Page {
  /** Path below the report, e.g. `commits/demo-00000000.html` */
  readonly path: string
  readonly title: string
  readonly content: Content
  readonly scripted?: boolean
}

const sections = [
  { path: 'index.html', name: 'Overview' },
  { path: 'history.html', name: 'History' },
  { path: 'funnel.html', name: 'Funnel' },
  { path: 'cost.html', name: 'Cost' },
]

/**
 * A whole page. Its content policy forbids every request and every script and style but the two that stand in it, which
 * it names by their digests.
 */
export function wholePage(site: Site, { path, title, content, scripted = false }: Page): string {
  const up = path.includes('/') ? '../' : ''
  const policy = [
    "default-src 'none'",
    `style-src '${digestSource(site.style)}'`,
    ...(scripted ? [`script-src '${digestSource(site.script)}'`] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title === site.title ? title : `${title} · ${site.title}`}</title>
        ${verbatim('style', site.style)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <div class="inner">
            <a class="home" href="${up}index.html"><bdi>${site.title}</bdi></a>
            <nav aria-label="Pages">
              <ul>
                ${sections.map((section) => navigationItem(section, path, up))}
              </ul>
            </nav>
          </div>
        </header>
        <main id="main" tabindex="-1">${content}</main>
        <footer>
          <div class="inner">
            Made by ${site.tool} from the artifacts of the dataset. Nothing on this page is loaded from elsewhere.
          </div>
        </footer>
        ${scripted && verbatim('script', site.script)}
      </body>
    </html> `
  return page.text
}

function navigationItem(section: { path: string; name: string }, path: string, up: string): Content {
  return html`<li>
    <a href="${up}${section.path}" ${section.path === path && html` aria-current="page"`}>${section.name}</a>
  </li>`
}

/** An element whose text is exactly what its digest in the content policy was made from. */
function verbatim(element: 'style' | 'script', text: string): Markup {
  return new Markup(`<${element}>${text}</${element}>`)
}

function digestSource(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** The page of a commit, below the report. Whatever the id holds, this is the name of one file. */
export function commitPath(instanceId: string): string {
  const name = instanceId.replaceAll(
    /[^A-Za-z0-9._-]/gu,
    (character) => `~${character.codePointAt(0)!.toString(16).padStart(6, '0')}`,
  )
  return `commits/${name}.html`
}
