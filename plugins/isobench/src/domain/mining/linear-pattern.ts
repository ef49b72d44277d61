import { RE2JS, RE2JSSyntaxException } from 're2js'
import { IsobenchError } from '../../errors.ts'

/** A compiled pattern of RE2: its time grows with the length of the text, whatever both are. */
export interface LinearPattern {
  test(text: string): boolean
  /** The first text that it fits; undefined where there is none */
  first(text: string): string | undefined
}

/** Compiles a pattern, without regard to case. @returns the error, without its place, for one that RE2 does not know */
export function linearPattern(pattern: string): LinearPattern | IsobenchError {
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
    return {
      test: (text) => compiled.test(text),
      first: (text) => {
        if (!compiled.test(text)) return undefined // much faster than to find where
        const matcher = compiled.matcher(text)
        return matcher.find() ? (matcher.group() ?? undefined) : undefined
      },
    }
  } catch (cause) {
    if (!(cause instanceof RE2JSSyntaxException)) throw cause
    const reason = cause.message.replace('error parsing regexp: ', '').replace('(?i)', '')
    return new IsobenchError('bad-input', `not a pattern of RE2: ${reason}`, { cause })
  }
}
