import { z } from 'zod'
import { IsobenchError } from '../errors.ts'
import { CommitHash } from '../schema/primitives.ts'

/** One file that an extraction lists. */
export interface ExtractedFile {
  readonly path: string
  /** null where the schema does not say */
  readonly change: 'added' | 'modified' | 'deleted' | 'renamed' | null
  /** Content at base; null where it is not known. The ancestor wrote '' for a renamed file, which is not known either. */
  readonly old_content: string | null
}

/** An ISO-Bench extraction: what the ancestor stored of a commit. Its API names are a model's guesses, some invented. */
export interface Extraction {
  readonly schema: 'vllm' | 'sglang'
  readonly head: string
  /** The first parent; null where the schema has none */
  readonly base: string | null
  readonly message: string
  readonly author_date: string | null
  readonly commit_date: string | null
  readonly files: readonly ExtractedFile[]
  /** The whole change as one unified diff */
  readonly diff: string
  readonly apis: readonly string[]
}

const text = z.string().transform((value) => value.toWellFormed())
const noneYet = z.literal('').transform(() => null)

const VllmFile = z.object({
  file_path: text.pipe(z.string().min(1)),
  old_content: text.nullish(),
  diff: text.nullish(),
  change_type: z.enum(['added', 'modified', 'deleted', 'renamed']),
})

const VllmExtraction = z.object({
  commit_hash: CommitHash,
  parent_hash: z.union([CommitHash, noneYet, z.null()]).optional(),
  message: text,
  date: z.string().nullish(),
  files_changed: z.array(VllmFile),
  affected_apis: z.array(text).nullish(),
})

const SglangExtraction = z.object({
  commit_hash: CommitHash,
  parent_hash: z.union([CommitHash, noneYet, z.null()]).optional(),
  commit_subject: text.nullish(),
  commit_message: text,
  commit_date: z.string().nullish(),
  files_changed: z.array(text),
  diff_text: text,
  apis: z.array(text).nullish(),
})

/**
 * Reads an extraction JSON of either schema (vLLM: files as objects; SGLang: `diff_text`).
 * @param file the path that messages name
 * @throws IsobenchError `bad-input` for anything else
 */
export function parseExtraction(json: string, file: string): Extraction {
  const value = parseJson(json, file)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw bad(file, 'not a JSON object')
  if ('diff_text' in value) return fromSglang(check(SglangExtraction, value, file), file)
  if ('files_changed' in value) return fromVllm(check(VllmExtraction, value, file), file)
  throw bad(file, 'neither `diff_text` nor `files_changed` is there')
}

function fromVllm(value: z.infer<typeof VllmExtraction>, file: string): Extraction {
  const diffs = value.files_changed.map((changed) => changed.diff ?? '').filter((diff) => diff !== '')
  return {
    schema: 'vllm',
    head: value.commit_hash,
    base: value.parent_hash ?? null,
    message: value.message,
    author_date: null,
    commit_date: instant(value.date, file, 'date'),
    files: value.files_changed.map((changed) => ({
      path: changed.file_path,
      change: changed.change_type,
      old_content: changed.change_type === 'renamed' ? null : (changed.old_content ?? null),
    })),
    diff: diffs.map((diff) => (diff.endsWith('\n') ? diff : `${diff}\n`)).join(''),
    apis: value.affected_apis ?? [],
  }
}

function fromSglang(value: z.infer<typeof SglangExtraction>, file: string): Extraction {
  const subject = value.commit_subject ?? ''
  const message = value.commit_message
  return {
    schema: 'sglang',
    head: value.commit_hash,
    base: value.parent_hash ?? null,
    message: message.startsWith(subject) ? message : `${subject}\n\n${message}`,
    author_date: null,
    commit_date: instant(value.commit_date, file, 'commit_date'),
    files: value.files_changed.map((path) => ({ path, change: null, old_content: null })),
    diff: value.diff_text,
    apis: value.apis ?? [],
  }
}

/** `2024-11-28 09:01:02 -0800` or `2025-06-24T02:12:04-07:00` as an instant in UTC; without an offset it is UTC. */
function instant(date: string | null | undefined, file: string, key: string): string | null {
  if (date === null || date === undefined || date === '') return null
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)? ?(?:(Z|)|([+-]\d\d):?(\d\d))$/.exec(date)
  const offset = match?.[4] === undefined ? 'Z' : `${match[4]}:${match[5]}`
  const milliseconds = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}${offset}`)
  if (Number.isNaN(milliseconds)) throw bad(file, `not a date with a time at \`${key}\`: ${date.slice(0, 100)}`)
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

function parseJson(json: string, file: string): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ''))
  } catch (error) {
    const reason = (error as SyntaxError).message
    const position = / at position \d+ \(line (\d+) column (\d+)\)$/.exec(reason)
    const where = position === null ? file : `${file}:${position[1]}:${position[2]}`
    throw bad(where, `not valid JSON: ${reason.replace(/ at position .*|, .*is not valid JSON/s, '')}`, error)
  }
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, file: string): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const message = issue.code === 'invalid_union' ? (issue.errors[0]?.[0]?.message ?? issue.message) : issue.message
  throw bad(file, `${message.charAt(0).toLowerCase()}${message.slice(1)} at \`${issue.path.join('.')}\``)
}

function bad(where: string, message: string, cause?: unknown): IsobenchError {
  return new IsobenchError('bad-input', `${where}: ${message}`, {
    hint: 'an extraction is one JSON object a commit, as ISO-Bench writes it',
    cause,
  })
}
