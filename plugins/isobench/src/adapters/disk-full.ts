import { IsobenchError } from '../errors.ts'

/** What Node says of a full disk, as an error with a hint; any other error as it is. */
export function namingDiskFull(error: unknown): unknown {
  return isFull(error) ? diskFull(error.message, error) : error
}

/** @throws IsobenchError `disk-full` when a program that failed says so: a full disk is no finding about a commit */
export function refuseDiskFull(output: string): void {
  const line = output.split('\n').findLast((each) => /No space left on device|Disk quota exceeded/.test(each))
  if (line !== undefined)
    throw diskFull(
      line
        .trim()
        .replace(/^cause: /, '')
        .slice(0, 500),
      output,
    )
}

function isFull(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

function diskFull(message: string, cause: unknown): IsobenchError {
  return new IsobenchError('disk-full', `no space left on the disk: ${message}`, {
    hint: '`npx nx g nx-isobench:clean-store --budget GIB` frees some; ISOBENCH_STORE can name a larger disk',
    cause,
  })
}
