import { parseWheelName } from './wheel-name.ts'

/** A wheel that a lock names by its URL. */
export interface LockedFile {
  readonly url: string
  readonly filename: string
  readonly sha256: string
}

/** A package of a lock with the wheels that it offers; none where it is pinned in another way, by a path or an archive. */
export interface LockedPackage {
  readonly name: string
  readonly wheels: readonly LockedFile[]
}

/** The packages of a `pylock.toml`, in its order, as uv writes it. */
export function lockedFiles(lock: string): LockedPackage[] {
  return lock
    .split(/^\[\[packages\]\]$/m)
    .slice(1)
    .map((block) => ({
      name: /^name = "([^"]+)"/m.exec(block)![1]!,
      wheels: [
        ...block.matchAll(/\{[^{}]*\burl = "([^"]+\.whl)"[^{}]*\bhashes = \{ sha256 = "([0-9a-f]{64})" \}/g),
      ].map(([, url, sha256]) => ({
        url: url!,
        sha256: sha256!,
        filename: decodeURIComponent(url!.split('/').at(-1)!),
      })),
    }))
}

/**
 * The wheel that an installer would choose: the one whose best tag comes first.
 * @param tags tags of the interpreter such as `cp311-abi3-manylinux_2_17_x86_64`, best first
 */
export function bestWheel(wheels: readonly LockedFile[], tags: readonly string[]): LockedFile | undefined {
  const order = new Map(tags.map((tag, index) => [tag, index]))
  const ranked = wheels
    .map((wheel) => ({ wheel, rank: Math.min(...tagsOf(wheel.filename).map((tag) => order.get(tag) ?? Infinity)) }))
    .filter(({ rank }) => rank !== Infinity)
  return ranked.toSorted((a, b) => a.rank - b.rank)[0]?.wheel
}

function tagsOf(filename: string): string[] {
  const name = parseWheelName(filename)
  if (name === undefined) return []
  return name.pythonTags.flatMap((python) =>
    name.abiTags.flatMap((abi) => name.platformTags.map((platform) => `${python}-${abi}-${platform}`)),
  )
}
