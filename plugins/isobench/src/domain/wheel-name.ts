/** What the file name of a wheel says (PEP 427). */
export interface WheelName {
  readonly distribution: string
  readonly version: string
  readonly pythonTags: readonly string[]
  readonly abiTags: readonly string[]
  readonly platformTags: readonly string[]
}

/** Reads the file name of a wheel; undefined when it is none. */
export function parseWheelName(filename: string): WheelName | undefined {
  const parts = filename.endsWith('.whl') ? filename.slice(0, -'.whl'.length).split('-') : []
  if (parts.length < 5 || parts.length > 6 || parts.some((part) => part === '')) return undefined
  const [python, abi, platform] = parts.slice(-3).map((tag) => tag.split('.'))
  return {
    distribution: parts[0]!,
    version: parts[1]!,
    pythonTags: python!,
    abiTags: abi!,
    platformTags: platform!,
  }
}

/** The one spelling of a distribution name (PEP 503): `Foo_Bar` and `foo.bar` are `foo-bar`. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}

/** A version with the spelling of the file names of wheels: `2024.07.04` is `2024.7.4`, `1.0RC1` is `1.0rc1`. */
export function normalizeVersion(version: string): string {
  return version.toLowerCase().replaceAll(/(?<![0-9a-z])0+(?=\d)/g, '')
}

/**
 * Which Pythons the tags of a wheel allow, as a version specifier: `cp38-abi3` gives `>=3.8`, `cp311-cp311` gives
 * `==3.11.*`, `py3-none` gives the empty specifier, which allows all.
 */
export function pythonOfTags(name: WheelName): string {
  const exact = /^cp3(\d+)$/.exec(name.pythonTags[0]!)
  if (exact === null || name.pythonTags.length > 1) return ''
  return name.abiTags.includes('abi3') || name.abiTags.includes('none') ? `>=3.${exact[1]}` : `==3.${exact[1]}.*`
}
