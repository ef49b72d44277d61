import { z } from 'zod'
import { ChangedFile } from './analysis.ts'
import { GenerationSettings } from './generation-settings.ts'
import { CommitHash, RelativePath } from './primitives.ts'

const Pattern = z.string().min(1).max(500)

/** What a message may say for or against a commit. */
export const MessagePattern = z.strictObject({
  pattern: Pattern.describe('A regular expression of RE2, without regard to case: its time grows with the text alone'),
  in: z
    .enum(['subject', 'body', 'message'])
    .default('message')
    .describe('Where it is looked for: the first line, what follows, or both'),
  weight: z.number().min(-100).max(100).describe('What it adds to the score, once; below zero it speaks against it'),
})
export type MessagePattern = z.infer<typeof MessagePattern>

/** A model that is asked about each commit that the other filters kept: who it is, and what is believed. */
const Judge = z.strictObject({
  provider: GenerationSettings.shape.provider.unwrap(),
  model: GenerationSettings.shape.model.unwrap(),
  effort: GenerationSettings.shape.effort,
  structured_output: GenerationSettings.shape.structured_output,
  parameters: GenerationSettings.shape.parameters,
  usd_per_million_tokens: GenerationSettings.shape.usd_per_million_tokens,
  max_output_tokens: GenerationSettings.shape.max_output_tokens,
  prompt: RelativePath.optional().describe('File beside mining.yaml in place of the built-in prompt'),
  max_prompt_characters: z
    .int()
    .min(2000)
    .max(200_000)
    .default(16_000)
    .describe('Where the section about the change is cut'),
  minimum_confidence: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('A `no` of less confidence drops nothing; the evidence has it all the same'),
})

/**
 * `commits/<repository>/mining.yaml`: which commits of a history are proposed. A key that is there replaces the whole
 * key of the package's own `mining/defaults.yaml`.
 */
export const MiningSettings = z
  .strictObject({
    branch: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/+-]*$/)
      .optional()
      .describe('The branch whose history is walked; default: the one that the source itself calls its HEAD'),
    walk: z
      .enum(['all', 'first-parent'])
      .optional()
      .describe('`all` commits of the history, or the `first-parent` of each merge alone; merges themselves are out'),
    patterns: z.array(MessagePattern).max(200).optional().describe('What the score of a message is made of'),
    more_patterns: z.array(MessagePattern).max(200).optional().describe('Further ones, besides `patterns`'),
    threshold: z.number().optional().describe('The least score that is kept'),
    excluded_messages: z.array(Pattern).max(200).optional().describe('Subjects that are out whatever their score'),
    excluded_paths: z.array(z.string().min(1)).max(200).optional().describe('Globs of files that do not count'),
    roles: z
      .array(ChangedFile.shape.role)
      .min(1)
      .optional()
      .describe('Roles of which at least one changed file must be, see `files[].role` of analysis.json'),
    max_files: z.int().min(1).optional().describe('Changed files of these roles at the most'),
    max_lines: z.int().min(1).optional().describe('Lines added and removed in them at the most'),
    structure: z
      .boolean()
      .optional()
      .describe('Whether a commit is out that changes comments, docstrings and layout alone'),
    rejected: z
      .array(
        z.strictObject({
          commit: CommitHash,
          reason: z.string().min(1).max(500).describe('Why, in one line'),
        }),
      )
      .optional()
      .describe('Commits that a person looked at and does not want proposed again'),
    judge: Judge.optional().describe('The model that says yes or no; without it none is asked'),
  })
  .meta({ id: 'mining-settings', title: 'mining.yaml' })
export type MiningSettings = z.infer<typeof MiningSettings>

/** `commits/<repository>/mined.yaml`: how far a history was looked at, for `--since last`. */
export const MiningMarker = z
  .strictObject({
    until: CommitHash.describe('The last commit that was looked at'),
    date: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
      .describe('Its commit date, for when the history was rewritten'),
    rules: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .describe('Digest of the filters that it was looked at with'),
  })
  .meta({ id: 'mining-marker', title: 'mined.yaml' })
export type MiningMarker = z.infer<typeof MiningMarker>
