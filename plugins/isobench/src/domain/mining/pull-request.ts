import { z } from 'zod'
import type { PullRequestEvidence } from '../../schema/evidence.ts'
import { clip } from '../text.ts'

/** What is kept of a pull request, in the store. Strangers wrote all of it. */
export const PullRequest = z.strictObject({
  number: z.int().min(1),
  url: z.string(),
  title: z.string(),
  body: z.string(),
  labels: z.array(z.string()),
  issues: z.array(z.strictObject({ number: z.int().min(1), title: z.string() })),
})
export type PullRequest = z.infer<typeof PullRequest>

const mostIssues = 3
const mostCommands = 10

/** Issues of the same repository that a text says it closes, in GitHub's own words, at most three. */
export function closedIssues(body: string): number[] {
  const found = body.matchAll(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? {1,3}#(\d{1,9})\b/gi)
  return [...new Set(Array.from(found, ([, number]) => Number(number)))].slice(0, mostIssues)
}

const command =
  /^(?:\$ ?|> ?)?(?:[A-Z_][A-Z0-9_]*=\S+ +)*(?:python3?|torchrun|vllm|pytest|asv|accelerate|hyperfine|nsys|ncu|uv run|bash)\b/
const measuring = /bench|latency|throughput|perf|serve|timeit|profile|hyperfine|nsys|ncu/i

/** Lines that look like the start of a benchmark; a line that ends with a backslash goes on on the next one. */
export function benchmarkCommands(body: string): string[] {
  const lines = body
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[ \t]*\\\n[ \t]*/g, ' ')
    .split('\n')
  const commands = lines
    .map((line) => line.trim().replaceAll('`', ''))
    .filter((line) => line.length <= 2000 && command.test(line) && measuring.test(line))
    .map((line) => plain(line.replace(/^[$>] ?/, ''), 500))
  return [...new Set(commands)].slice(0, mostCommands)
}

/** What a reviewer is shown of it; the body itself stays in the store. */
export function pullRequestEvidence({ number, url, title, body, labels, issues }: PullRequest): PullRequestEvidence {
  return {
    number,
    url: plain(url, 500),
    title: plain(title, 500),
    labels: labels.slice(0, 50).map((label) => plain(label, 100)),
    issues: issues.map((issue) => ({ number: issue.number, title: plain(issue.title, 500) })),
    benchmark_commands: benchmarkCommands(body),
  }
}

/** One line without what a terminal or a settings file would take for something else. */
function plain(text: string, maximum: number): string {
  // oxlint-disable-next-line no-control-regex
  return clip(text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, ' '), maximum)
    .toWellFormed()
    .replaceAll('\uFFFD', '?')
}
