/** Something that must not be published. `text` is the match itself for a path, and its kind alone for a secret. */
export interface Finding {
  readonly kind: string
  /** Position in the text, from 0 */
  readonly index: number
  /** What was found; null for a secret, which is never shown */
  readonly text: string | null
}

/** What a scan looks for besides the known forms. */
export interface ScanRules {
  /** Secret values by the name of the environment variable that holds them */
  readonly secrets: ReadonlyMap<string, string>
  /** Findings, word for word, that may be published: a test's made-up key, a path in a commit message */
  readonly allowed: readonly string[]
}

const before = '(?<![A-Za-z0-9_-])'

/** Forms of keys whose owners document them; long enough that no word is one. */
const keys: readonly (readonly [kind: string, form: RegExp])[] = [
  ['Hugging Face token', new RegExp(`${before}(?:hf|api_org)_[A-Za-z0-9]{30,}`, 'g')],
  ['API key', new RegExp(`${before}sk-(?=[A-Za-z_-]*\\d)[A-Za-z0-9_-]{20,}`, 'g')],
  ['AWS access key', new RegExp(`${before}(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])`, 'g')],
  ['GitHub token', new RegExp(`${before}(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})`, 'g')],
  ['GitLab token', new RegExp(`${before}glpat-[A-Za-z0-9_-]{20,}`, 'g')],
  ['Google API key', new RegExp(`${before}AIza[0-9A-Za-z_-]{35}`, 'g')],
  ['Slack token', new RegExp(`${before}xox[abeprs]-[A-Za-z0-9-]{10,}`, 'g')],
  ['private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g],
]

const names = '(?!(?:user|username|you|me|name|runner|ubuntu)[/\\\\])[^\\s/\\\\:"\'`<>(){}\\[\\]$*|,;]+'
const homes = new RegExp(`(?:(?<![A-Za-z0-9_.-])/(?:home|Users)/${names}/|[A-Z]:\\\\+Users\\\\+${names}\\\\)`, 'g')
/** No pattern is tried on a text in which none of these stands. */
const hint = /_|sk-|AKIA|ASIA|glpat|AIza|xox|PRIVATE KEY|home|Users/

/** Everything in a text that must not be published, in its order. */
export function findings(text: string, { secrets, allowed }: ScanRules): Finding[] {
  const found = [...secrets].flatMap(([name, value]) =>
    positions(text, value).map((index) => ({ kind: `value of ${name}`, index, text: null })),
  )
  if (!hint.test(text)) return found
  const matches = [
    ...keys.flatMap(([kind, form]) => [...text.matchAll(form)].map((match) => ({ kind, match, shown: false }))),
    ...[...text.matchAll(homes)].map((match) => ({ kind: 'home folder', match, shown: true })),
  ]
  return [
    ...found,
    ...matches
      .filter(({ match }) => !allowed.includes(match[0]))
      .map(({ kind, match, shown }) => ({ kind, index: match.index, text: shown ? match[0] : null })),
  ].toSorted((a, b) => a.index - b.index)
}

function positions(text: string, value: string): number[] {
  const found: number[] = []
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) found.push(at)
  return found
}
