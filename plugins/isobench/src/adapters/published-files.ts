import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalFile } from '../domain/push-plan.ts'
import { IsobenchError } from '../errors.ts'

/** Digests and size of a file below a folder, read once and never held whole. @throws IsobenchError `corrupt-artifact` */
export async function digestedFile(folder: string, path: string): Promise<LocalFile> {
  const { size } = await stat(join(folder, path)).catch((cause: unknown) => {
    throw missing(path, cause)
  })
  const git = createHash('sha1').update(`blob ${size}\0`)
  const content = createHash('sha256')
  for await (const chunk of openFile(folder, path)) {
    git.update(chunk)
    content.update(chunk)
  }
  return { path, sizeBytes: size, sha256: content.digest('hex'), gitOid: git.digest('hex') }
}

/** The content of a file below a folder, as it comes. */
export function openFile(folder: string, path: string): AsyncIterable<Uint8Array> {
  return createReadStream(join(folder, path), { highWaterMark: 1 << 20 })
}

/** The content of a file below a folder, read when it is sent. */
export function blobOf(folder: string, path: string): Promise<Blob> {
  return openAsBlob(join(folder, path))
}

/** Every file below a folder by its path with `/`, in order. */
export async function filesBelow(folder: string): Promise<{ path: string; sizeBytes: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const found = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name)
    return { path: path.slice(folder.length + 1).replaceAll('\\', '/'), sizeBytes: (await stat(path)).size }
  })
  return (await Promise.all(found)).toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function missing(path: string, cause: unknown): IsobenchError {
  return new IsobenchError('corrupt-artifact', `no such file of the build: ${path}`, {
    hint: 'build the dataset again',
    cause,
  })
}
