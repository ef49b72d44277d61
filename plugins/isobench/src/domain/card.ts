import { Eta } from 'eta/core'
import { IsobenchError } from '../errors.ts'
import type { CardData } from './card-data.ts'

/**
 * Renders the body of a dataset card from an Eta template. `<%= %>` prints a value as plain text, `<%~ %>` prints
 * Markdown as it is; both refuse everything but text and numbers, so that a misspelt key is an error and not a hole in the card.
 * @throws IsobenchError `bad-input` with the template's line
 */
export function renderCard(template: string, data: CardData): string {
  const eta = new Eta({
    autoFilter: true,
    autoTrim: false,
    filterFunction: present,
    escapeFunction: (value) => plainText(String(value)),
    debug: true,
  })
  const body = rendered(eta, template, data)
  if (/^---\s*\n/.test(body)) {
    throw new IsobenchError('bad-input', 'README.md.eta:1: front matter, which is made from the schema', {
      hint: 'begin the template with the title',
    })
  }
  return body
}

function rendered(eta: Eta, template: string, data: CardData): string {
  try {
    return eta.renderString(template, { ...data, code, percent })
  } catch (error) {
    throw new IsobenchError('bad-input', `README.md.eta${templateProblem(error as Error)}`, {
      hint: 'templates/dataset-card.md.eta of nx-isobench shows the keys of `it`',
      cause: error,
    })
  }
}

/** Eta says where in its first line, and why in its cause, in the lines below, or in the first line itself. */
function templateProblem({ message, cause }: Error): string {
  const [first = '', second = ''] = message.split('\n').filter((line) => line !== '')
  if (first === 'Bad template syntax') return `: not JavaScript: ${second}`
  const [where, line = '1'] = /(?: at)? ?\bline (\d+).*$/.exec(first) ?? ['']
  return `:${line}: ${cause instanceof Error ? cause.message : first.replace(where, '')}`
}

function present(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new TypeError(`neither text nor a number: ${JSON.stringify(value) ?? 'undefined'}`)
}

/** Text that Markdown shows as it is, on one line, also in a table. */
export function plainText(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/[\\`*_[\]|~#]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** Text as a code span, also in a table. */
export function code(text: string): string {
  const fence = '`'.repeat(Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length)) + 1)
  const padding = fence.length > 1 ? ' ' : ''
  return `${fence}${padding}${text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', String.raw`\|`)}${padding}${fence}`
}

/** A fraction as a percentage with one decimal, e.g. `14.0 %`. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`
}
