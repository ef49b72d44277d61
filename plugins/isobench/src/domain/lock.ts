import { IsobenchError } from '../errors.ts'
import { normalizeName } from './wheel-name.ts'

/** The wheel that a lock pins directly, and how the lock names it: a URL, or the file name of a wheel that was built. */
export interface LockedWheel {
  readonly name: string
  readonly version: string
  readonly filename: string
  /** URL, or `build:<commit>` or `overlay:<commit>` */
  readonly location: string
  readonly sha256: string
}

/** A `pylock.toml` (PEP 751) that holds one wheel and nothing else. */
export function lockOfOne(wheel: LockedWheel, python: string): string {
  const [major, minor] = python.split('.')
  return [
    'lock-version = "1.0"',
    'created-by = "isobench"',
    `requires-python = "==${major}.${minor}.*"`,
    '',
    '[[packages]]',
    `name = ${JSON.stringify(normalizeName(wheel.name))}`,
    `version = ${JSON.stringify(wheel.version)}`,
    `archive = ${archive(wheel)}`,
    '',
  ].join('\n')
}

/** The same lock with the wheel named as people may see it: by its URL, or by the name of its file, never by a path. */
export function publishLock(lock: string, wheel: LockedWheel): string {
  return withArchive(lock, wheel, archive(wheel))
}

/** The same lock with the wheel at `path` on this machine, as an installer needs it. */
export function localizeLock(lock: string, wheel: Pick<LockedWheel, 'name' | 'sha256'>, path: string): string {
  return withArchive(lock, wheel, `{ path = ${JSON.stringify(path)}, hashes = { sha256 = "${wheel.sha256}" } }`)
}

/** The names of all packages in a lock, normalised, in its order. */
export function lockedPackages(lock: string): string[] {
  return [...lock.matchAll(/^\[\[packages\]\]\nname = "([^"]+)"/gm)].map((match) => match[1]!)
}

function archive(wheel: LockedWheel): string {
  const place = /^https?:/.test(wheel.location)
    ? `url = ${JSON.stringify(wheel.location)}`
    : `path = ${JSON.stringify(wheel.filename)}`
  return `{ ${place}, hashes = { sha256 = "${wheel.sha256}" } }`
}

function withArchive(lock: string, wheel: Pick<LockedWheel, 'name' | 'sha256'>, replacement: string): string {
  const marker = '[[packages]]\n'
  const blocks = lock.split(marker)
  const index = blocks.findIndex((block) => block.startsWith(`name = ${JSON.stringify(normalizeName(wheel.name))}\n`))
  const block = blocks[index]
  const line = block === undefined ? undefined : /^archive = .*$/m.exec(block)?.[0]
  if (block === undefined || line === undefined || !line.includes(wheel.sha256)) {
    throw new IsobenchError('corrupt-artifact', `lock does not pin the wheel of \`${wheel.name}\`: ${wheel.sha256}`, {
      hint: 'run the target `install-wheel` again',
    })
  }
  blocks[index] = block.replace(line, () => `archive = ${replacement}`)
  return blocks.join(marker)
}
