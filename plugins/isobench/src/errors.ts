/** Codes of the errors that an edit or a retry can fix. The table of them is in `docs/outcomes.md`. */
export type ErrorCode =
  | 'bad-input'
  | 'commit-not-found'
  | 'repository-unreachable'
  | 'prerequisite-missing'
  | 'credential-missing'
  | 'network'
  | 'rate-limited'
  | 'model-unusable'
  | 'answer-missing'
  | 'run-limit-reached'
  | 'device-busy'
  | 'disk-full'
  | 'corrupt-artifact'
  | 'interrupted'

/**
 * A failure that an edit or a retry can fix: the Nx task fails, and nothing is cached.
 * What neither can fix is no error: it is an outcome in the stage's artifact (`schema/outcome.ts`).
 */
export class IsobenchError extends Error {
  override readonly name = 'IsobenchError'
  readonly code: ErrorCode
  readonly hint: string | undefined

  /**
   * @param message one line, what and where, value last after a colon, no period
   * @param options.hint the next step for the person who reads it
   */
  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }

  /** The error as a person reads it: one line, then the hint. */
  format(): string {
    return this.hint === undefined ? `error: ${this.message}` : `error: ${this.message}\n\nhint: ${this.hint}`
  }
}
