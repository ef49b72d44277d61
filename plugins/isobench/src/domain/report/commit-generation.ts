import type { CommitRecord } from '../../schema/record.ts'
import type { Attempt } from '../../schema/generation.ts'
import { counted, count, dollars } from './format.ts'
import { type Content, html } from './markup.ts'
import { pythonMarkup } from './python-markup.ts'
import { code, facts, said, section, table, unknown } from './table.ts'

/** The efficiency test, and how it came about. */
export function generationSections(record: CommitRecord): Content {
  const { efficiency_test: test, generation_config: config } = record
  return [
    section('test', 'Efficiency test', [
      html`<p>${originWords(record)}</p>`,
      test !== null &&
        html`<pre class="code" tabindex="0" aria-label="Efficiency test"><code>${pythonMarkup(test)}</code></pre>`,
    ]),
    config.attempts.length > 0 &&
      section('attempts', 'Model attempts', [
        facts([
          ['Model', config.model === null ? unknown : said(config.model)],
          ['Endpoint', config.provider === null ? unknown : said(config.provider)],
          ['Prompt', config.prompt_sha256 === null ? unknown : code(config.prompt_sha256)],
          ['Parameters', code(config.parameters_json)],
          ['Cost', config.cost_usd === null ? unknown : dollars(config.cost_usd)],
        ]),
        table(counted(config.attempts.length, 'call'), headings, config.attempts.map(attemptRow)),
      ]),
  ]
}

function originWords({ efficiency_test: test, generation_config: { origin } }: CommitRecord): string {
  if (test === null) return 'There is no test of this commit.'
  const author = {
    reviewed: 'A person wrote this test.',
    model: 'A model wrote this test.',
    template: 'This test is a workload of the settings.',
  }
  return `${origin === null ? 'Who wrote this test is not known.' : author[origin]} The same bytes run on both sides.`
}

const headings = [
  { name: 'Call', isNumber: true },
  { name: 'Kind' },
  { name: 'Result' },
  { name: 'Finish reason' },
  { name: 'Model that answered' },
  { name: 'Tokens in', isNumber: true },
  { name: 'Tokens out', isNumber: true },
  { name: 'of them reasoning', isNumber: true },
  { name: 'Cost', isNumber: true },
  { name: 'What was found' },
]

function attemptRow(attempt: Attempt, index: number): readonly Content[] {
  const { usage, diagnostics } = attempt
  return [
    index + 1,
    attempt.kind,
    code(attempt.result),
    attempt.finish_reason === null ? unknown : said(attempt.finish_reason),
    attempt.response_model === null ? unknown : said(attempt.response_model),
    tokens(usage.input_tokens),
    tokens(usage.output_tokens),
    tokens(usage.reasoning_tokens),
    attempt.cost_usd === null ? unknown : dollars(attempt.cost_usd),
    diagnostics.length === 0
      ? 'nothing'
      : html`<ul>
          ${diagnostics.map((each) => html`<li>${said(each)}</li>`)}
        </ul>`,
  ]
}

function tokens(value: number | null): Content {
  return value === null ? unknown : count(value)
}
