import { type Document, LineCounter, type Node, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { IsobenchError } from '../errors.ts'

const maximumBytes = 64 * 1024
const maximumDepth = 32

/**
 * Reads a settings file: YAML 1.2 checked against its schema. Where the schema wants text and YAML sees a number
 * (a commit hash of digits only, `3.10`), the text as it was typed is used.
 * @param file the path that messages name
 * @throws IsobenchError `bad-input` that begins with file:line:column
 */
export function parseSettings<Schema extends z.ZodType>(schema: Schema, text: string, file: string): z.infer<Schema> {
  const { document, lines, value } = readYaml(text, file)
  const issue = firstIssue(schema, value, document)
  if (issue === undefined) return schema.parse(value)
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey]
  const where = lines.linePos(offsetOf(document, path, unknownKey !== undefined))
  const name = path.length === 0 ? '' : ` at \`${path.join('.')}\``
  throw bad(file, where, `${unknownKey === undefined ? lowerFirst(firstLine(issue.message)) : 'unknown key'}${name}`)
}

/** Reads the YAML alone, with no schema to check it. @throws IsobenchError `bad-input` as `parseSettings` */
export function readYaml(text: string, file: string): { document: Document; lines: LineCounter; value: unknown } {
  const lines = new LineCounter()
  refuseHostile(text, file)
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const syntax = document.errors[0] ?? document.warnings[0]
  if (syntax !== undefined) throw bad(file, lines.linePos(syntax.pos[0]), firstLine(syntax.message))
  visit(document, {
    Alias: (_, node) => {
      throw bad(file, lines.linePos(node.range?.[0] ?? 0), 'aliases are not allowed here')
    },
  })
  return { document, lines, value: document.toJS() ?? {} }
}

/** The error for a value that its schema allows and the tool does not: it points at the key in the file. */
export function settingsError(
  text: string,
  file: string,
  path: readonly PropertyKey[],
  message: string,
): IsobenchError {
  return bad(file, placeOf(text, path), message)
}

/** Another error that is about a value of a settings file, with its place in front. */
export function placedError(
  text: string,
  file: string,
  path: readonly PropertyKey[],
  { code, message, hint, cause }: IsobenchError,
): IsobenchError {
  const { line, col } = placeOf(text, path)
  return new IsobenchError(code, `${file}:${line}:${col}: ${message}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  })
}

function placeOf(text: string, path: readonly PropertyKey[]): { line: number; col: number } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  return lines.linePos(offsetOf(document, path, false))
}

/** Checks `value`, putting typed text back where the schema wants text, and returns the first issue left. */
function firstIssue(schema: z.ZodType, value: unknown, document: Document): z.core.$ZodIssue | undefined {
  for (;;) {
    const issues = schema.safeParse(value).error?.issues ?? []
    const mended = issues.filter(
      (issue) =>
        issue.code === 'invalid_type' && issue.expected === 'string' && restoreText(value, issue.path, document),
    )
    if (mended.length === 0) return issues[0] === undefined ? undefined : innermost(issues[0])
  }
}

/** Where a value fits one variant of a union by its type, what is wrong with it there; else the issue as it is. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  const fitting = issue.errors.filter(
    (variant) => !variant.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  )
  const inner = fitting.length === 1 ? fitting[0]![0] : undefined
  return inner === undefined ? issue : innermost({ ...inner, path: [...issue.path, ...inner.path] })
}

function restoreText(value: unknown, path: readonly PropertyKey[], document: Document): boolean {
  const node = document.getIn(path, true)
  if (!isScalar(node) || typeof node.value === 'string' || node.source === undefined || node.value === null)
    return false
  const parent = path.slice(0, -1).reduce<any>((current, key) => current[key], value)
  parent[path.at(-1)!] = node.source
  return true
}

function refuseHostile(text: string, file: string): void {
  if (Buffer.byteLength(text) > maximumBytes) throw bad(file, { line: 1, col: 1 }, `larger than ${maximumBytes} bytes`)
  const invalid = text.indexOf('\uFFFD')
  if (invalid >= 0) throw bad(file, { line: text.slice(0, invalid).split('\n').length, col: 1 }, 'not valid UTF-8')
  // The `yaml` package can abort the process on deeply nested flow collections, so they are counted before it sees them.
  let depth = 0
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset]
    if (character === '[' || character === '{') depth++
    if (character === ']' || character === '}') depth--
    if (depth > maximumDepth) {
      throw bad(
        file,
        { line: text.slice(0, offset).split('\n').length, col: 1 },
        `nested deeper than ${maximumDepth} levels`,
      )
    }
  }
}

/** Where the value at `path` starts, or its nearest parent that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[], wantKey: boolean): number {
  const parent = path.length === 0 ? document.contents : document.getIn(path.slice(0, -1), true)
  const key = path.at(-1)
  if (isMap(parent) && key !== undefined) {
    const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key)
    const node = wantKey || pair?.value === null ? pair?.key : pair?.value
    if (node !== undefined) return rangeStart(node)
  }
  if (isSeq(parent) && typeof key === 'number') return rangeStart(parent.items[key])
  return path.length === 0 ? rangeStart(parent) : offsetOf(document, path.slice(0, -1), false)
}

function rangeStart(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0
}

function bad(file: string, where: { line: number; col: number }, message: string): IsobenchError {
  return new IsobenchError('bad-input', `${file}:${Math.max(where.line, 1)}:${Math.max(where.col, 1)}: ${message}`, {
    hint: 'docs/settings.md lists the keys of this file',
  })
}

function firstLine(text: string): string {
  return text.split('\n')[0]!
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
