import { z } from 'zod'

/** A full commit hash: an abbreviated one can become ambiguous as a repository grows. */
export const CommitHash = z
  .string()
  .regex(/^[0-9a-f]{40}$/, 'must be a full commit hash: 40 lower-case hexadecimal digits')

/** A SHA-256 digest in lower-case hexadecimal. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 digest: 64 lower-case hexadecimal digits')

/** A name that is safe as a folder, in a URL and as an Nx project name. */
export const Slug = z
  .string()
  .max(64)
  .regex(
    /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
    'must be lower-case letters, digits, `.`, `_` and `-`, and start with a letter or digit',
  )

/** A path below a folder: relative, with `/`, never climbing out. */
export const RelativePath = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.includes('\\') && !path.includes('\0') && !path.split('/').includes('..'),
    'must be a relative path without `..`',
  )

/** What holds a test: bubblewrap, a container of a named image, or nothing. */
export const Sandbox = z
  .string()
  .regex(/^(bubblewrap|none|docker:[a-z0-9][a-zA-Z0-9._/:@-]*)$/, 'must be `bubblewrap`, `docker:<image>` or `none`')

/** Seconds since nothing in particular: a duration. */
export const Seconds = z.number().positive().finite()

/** An instant as RFC 3339 in UTC with seconds, e.g. `2024-11-28T17:01:02Z`. */
export const Instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
