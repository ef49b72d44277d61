import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { datasetsNamed } from './nx.ts'

/*
 * The summaries of the reports of datasets in Markdown: `npm run --silent ci:summary -- '["demo"]'` prints them, and puts
 * them on the page of the run where there is one. That needs no right to write to the pull request.
 */
const most = 1_000_000 // bytes; GitHub shows 1 MiB a step
const datasets = datasetsNamed(process.argv[2])
const files = datasets.map((name) => `datasets/${name}/out/report/summary.md`)
const missing = files.filter((file) => !existsSync(file))
if (missing.length > 0) throw new Error(`no report: ${missing.join(', ')}`)
const whole = files.map((file) => readFileSync(file, 'utf8')).join('\n')
const text = datasets.length === 0 ? 'No dataset is affected.\n' : cut(whole)
process.stdout.write(text)
const page = process.env['GITHUB_STEP_SUMMARY']
if (page !== undefined) appendFileSync(page, text)

function cut(summary: string): string {
  if (Buffer.byteLength(summary) <= most) return summary
  const lines = Buffer.from(summary).subarray(0, most).toString().split('\n').slice(0, -1)
  return `${lines.join('\n')}\n\nThe rest is in the report.\n`
}
