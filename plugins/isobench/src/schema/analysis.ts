import { z } from 'zod'
import { Outcome } from './outcome.ts'
import { CommitHash, Instant } from './primitives.ts'

/** Why a commit is no candidate. */
export const CandidateFlag = z.enum([
  'revert',
  'merge',
  'root',
  'empty',
  'docs-only',
  'tests-only',
  'ci-only',
  'needs-several-devices',
  'other-hardware',
])
export type CandidateFlag = z.infer<typeof CandidateFlag>

/** One changed file, from `git diff --raw --numstat` with rename detection. */
export const ChangedFile = z.object({
  path: z
    .string()
    .describe('Path at head (at base for a deleted file); bytes that are no UTF-8 are replaced by U+FFFD'),
  old_path: z.string().nullable().describe('Path at base where it differs (rename, copy)'),
  change: z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'type-changed', 'submodule']),
  role: z.enum([
    'source',
    'native',
    'test',
    'benchmark',
    'documentation',
    'ci',
    'configuration',
    'lock',
    'generated',
    'binary',
    'other',
  ]),
  lines_added: z.int().min(0).nullable().describe('null for a binary file'),
  lines_removed: z.int().min(0).nullable(),
})
export type ChangedFile = z.infer<typeof ChangedFile>

/** A function, method or class whose lines the commit changed. */
export const ChangedFunction = z.object({
  path: z.string(),
  name: z.string().describe('Qualified name in the module, e.g. `Parser.parse`'),
  module: z.string().nullable().describe('Importable module, e.g. `vllm.v1.attention`; null outside the package'),
  sides: z.array(z.enum(['base', 'head'])).describe('The sides on which it exists'),
})
export type ChangedFunction = z.infer<typeof ChangedFunction>

/** One hunk of the diff, in the order of its rank (most telling first). */
export const Hunk = z.object({
  path: z.string(),
  header: z.string().describe('The `@@` line'),
  text: z.string().describe('The lines below it, each at most 500 characters'),
  rank: z.number().describe('Higher is more telling; deterministic'),
})
export type Hunk = z.infer<typeof Hunk>

/** `out/analysis.json`: what the commit changes. */
export const Analysis = z
  .object({
    schema_version: z.literal(1),
    outcome: Outcome,
    repository: z.string(),
    head_commit: CommitHash,
    base_commit: CommitHash.nullable().describe('null only when the outcome is `no-base`'),
    source: z.enum(['git', 'extraction']),
    subject: z.string(),
    message: z.string().describe('The whole message, at most 100,000 characters'),
    author_date: Instant.nullable(),
    commit_date: Instant,
    flags: z.array(CandidateFlag),
    change_class: z.enum(['kernel', 'model', 'runtime', 'other']),
    files: z.array(ChangedFile),
    functions: z.array(ChangedFunction),
    affected_apis: z.array(z.string()).describe('Importable dotted names, most changed first'),
    hunks: z.array(Hunk).describe('Noise files (locks, generated, binary, documentation, tests) left out'),
    native_changed: z.boolean().describe('Whether a file of `native_paths` changed'),
  })
  .meta({ id: 'analysis', title: 'analysis.json' })
export type Analysis = z.infer<typeof Analysis>
