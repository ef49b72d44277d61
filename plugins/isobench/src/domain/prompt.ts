import { IsobenchError } from '../errors.ts'
import { canonicalJsonLine } from './canonical-json.ts'
import { sha256 } from './digest.ts'

/** The three prompt files. */
export interface PromptTemplates {
  /** Where they lie, for messages */
  readonly folder: string
  readonly system: string
  readonly user: string
  readonly repair: string
}

/** One message of a chat. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** What the templates can name as `{{variable}}`. */
export interface PromptVariables {
  /** The package as `import` names it */
  readonly package: string
  /** The package as `pip install` names it */
  readonly distribution: string
  /** Version of Python, e.g. `3.11` */
  readonly python: string
  /** The delimited section about the change: the one place with text that strangers wrote */
  readonly change: string
}

const longestQuote = 20_000

/** Digest of the template files, for the record. */
export function promptSha256({ system, user, repair }: PromptTemplates): string {
  return sha256(canonicalJsonLine({ system, user, repair }))
}

/**
 * The messages that ask for a first version. The system message is the same for all commits of a repository, so that
 * an endpoint which caches prompt prefixes can reuse it.
 * @throws IsobenchError `bad-input` for a template with an unknown variable, or without the change
 */
export function firstMessages(templates: PromptTemplates, variables: PromptVariables): Message[] {
  const { change: _, ...constant } = variables
  return [
    { role: 'system', content: render(templates.system, { ...constant }, `${templates.folder}/system.md`) },
    { role: 'user', content: render(templates.user, { ...variables }, `${templates.folder}/user.md`, 'change') },
  ]
}

/** The messages that ask for a better version: the first request, the last answer, and what is wrong with it. */
export function repairMessages(
  templates: PromptTemplates,
  variables: PromptVariables,
  answer: string,
  diagnostics: readonly string[],
): Message[] {
  const { change: _, ...constant } = variables
  const found = delimited('diagnostics', diagnostics.join('\n'))
  return [
    ...firstMessages(templates, variables),
    { role: 'assistant', content: clip(answer) },
    {
      role: 'user',
      content: render(
        templates.repair,
        { ...constant, diagnostics: found },
        `${templates.folder}/repair.md`,
        'diagnostics',
      ),
    },
  ]
}

/** Text that strangers wrote, between marks that it cannot forge: the mark is a digest of the text itself. */
export function delimited(name: string, text: string): string {
  const wellFormed = text.toWellFormed()
  const mark = `${name}-${sha256(wellFormed).slice(0, 32)}`
  return `<${mark}>\n${wellFormed}\n</${mark}>`
}

/**
 * Puts values in the place of `{{variable}}`. Values are data: braces in them stay as they are.
 * @param file the name that messages give
 * @param required a variable that the template must use
 */
export function render(
  template: string,
  variables: Readonly<Record<string, string>>,
  file: string,
  required?: string,
): string {
  const used = new Set<string>()
  const text = template.replace(/\{\{(.*?)(?:\}\}|$)/gm, (placeholder, inside: string, offset: number) => {
    const name = inside.trim()
    const value = Object.hasOwn(variables, name) && placeholder.endsWith('}}') ? variables[name] : undefined
    if (value === undefined) throw badTemplate(file, template, offset, `unknown variable: ${name}`, variables)
    used.add(name)
    return value
  })
  if (required !== undefined && !used.has(required)) {
    throw badTemplate(file, template, 0, `the template never uses {{${required}}}`, variables)
  }
  return text
}

function badTemplate(
  file: string,
  template: string,
  offset: number,
  message: string,
  variables: Readonly<Record<string, string>>,
): IsobenchError {
  const before = template.slice(0, offset).split('\n')
  const names = Object.keys(variables).map((name) => `{{${name}}}`)
  return new IsobenchError('bad-input', `${file}:${before.length}:${before.at(-1)!.length + 1}: ${message}`, {
    hint: `this template can use ${names.join(', ')}`,
  })
}

function clip(text: string): string {
  return text.length <= longestQuote
    ? text
    : `${text.slice(0, longestQuote).toWellFormed()}\n[${text.length - longestQuote} characters omitted]`
}
