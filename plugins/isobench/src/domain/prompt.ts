import { IsobenchError } from '../errors.ts'
import { canonicalJsonLine } from './canonical-json.ts'
import { sha256 } from './digest.ts'
import type { PromptHeader } from '../schema/prompt.ts'

/** The three prompt files. */
export interface PromptTemplates {
  /** Where they lie, for messages */
  readonly folder: string
  /** Head of the system template: which prompt it is, and how much it may hold */
  readonly header: PromptHeader
  readonly system: string
  /** Line of its file on which `system` begins, for messages */
  readonly systemFirstLine: number
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
export function promptSha256({ header, system, user, repair }: PromptTemplates): string {
  return sha256(canonicalJsonLine({ header, system, user, repair }))
}

/** Of code and prose alike: measured 3.52 on real diffs with the tokenizer of recent models. */
const charactersPerToken = 3.5

/** How long the section about the change may be, so that the whole prompt stays within its head's limit. */
export function roomForChange({ header, system, user }: PromptTemplates, maximumCharacters: number): number {
  const whole = Math.floor(header.max_input_tokens * charactersPerToken)
  return Math.max(Math.min(maximumCharacters, whole - system.length - user.length), 0)
}

/**
 * The messages that ask for a first version. The system message is the same for all commits of a repository, so that
 * an endpoint which caches prompt prefixes can reuse it.
 * @throws IsobenchError `bad-input` for a template with an unknown variable, or without the change
 */
export function firstMessages(templates: PromptTemplates, variables: PromptVariables): Message[] {
  const { change: _, ...constant } = variables
  return [
    { role: 'system', content: renderSystem(templates, constant) },
    { role: 'user', content: render(templates.user, { ...variables }, `${templates.folder}/user.md`, 'change') },
  ]
}

function renderSystem(
  { folder, system, systemFirstLine }: PromptTemplates,
  constant: Omit<PromptVariables, 'change'>,
): string {
  return render(system, { ...constant }, `${folder}/system.md`, undefined, systemFirstLine)
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
 * @param firstLine the line of the file on which the template begins
 */
export function render(
  template: string,
  variables: Readonly<Record<string, string>>,
  file: string,
  required?: string,
  firstLine = 1,
): string {
  const used = new Set<string>()
  const text = template.replace(/\{\{(.*?)(?:\}\}|$)/gm, (placeholder, inside: string, offset: number) => {
    const name = inside.trim()
    const value = Object.hasOwn(variables, name) && placeholder.endsWith('}}') ? variables[name] : undefined
    if (value === undefined)
      throw badTemplate(file, firstLine, template.slice(0, offset), `unknown variable: ${name}`, variables)
    used.add(name)
    return value
  })
  if (required !== undefined && !used.has(required)) {
    throw badTemplate(file, firstLine, '', `the template never uses {{${required}}}`, variables)
  }
  return text
}

function badTemplate(
  file: string,
  firstLine: number,
  textBefore: string,
  message: string,
  variables: Readonly<Record<string, string>>,
): IsobenchError {
  const before = textBefore.split('\n')
  const names = Object.keys(variables).map((name) => `{{${name}}}`)
  return new IsobenchError(
    'bad-input',
    `${file}:${firstLine + before.length - 1}:${before.at(-1)!.length + 1}: ${message}`,
    {
      hint: `this template can use ${names.join(', ')}`,
    },
  )
}

function clip(text: string): string {
  return text.length <= longestQuote
    ? text
    : `${text.slice(0, longestQuote).toWellFormed()}\n[${text.length - longestQuote} characters omitted]`
}
