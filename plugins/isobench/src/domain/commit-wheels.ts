import { z } from 'zod'
import { fitsPython } from './python-version.ts'
import { normalizeName, parseWheelName, pythonOfTags } from './wheel-name.ts'

/** Which wheel is looked for. */
export interface WantedWheel {
  /** Distribution name */
  readonly distribution: string
  /** e.g. `linux-x86_64` */
  readonly platform: string
  /** Wanted version such as `3.11`; undefined: any */
  readonly python: string | undefined
}

const Listing = z.array(z.object({ package_name: z.string(), path: z.string().min(1) }))

/** The links of a PEP 503 page, as they stand, with the digest that may follow `#`. */
export function linksOfPage(html: string): string[] {
  return [...html.matchAll(/<a\s[^>]*href=["']([^"']+)/gi)].map((match) => match[1]!)
}

/** The links of a `metadata.json` (vLLM, since December 2025), as they stand; undefined when the text is none. */
export function linksOfMetadata(text: string): string[] | undefined {
  try {
    return Listing.parse(JSON.parse(text)).map(({ path }) => path)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    throw error
  }
}

/** The URLs of the wheels that fit, without what follows `#`, as `fittingLinks`. */
export function fittingWheels(links: readonly string[], page: string, wanted: WantedWheel): string[] {
  return fittingLinks(links, page, wanted).map(({ href }) => href.replace(/#.*$/, ''))
}

/**
 * The URLs of the wheels that fit, in the order of the links. A plus sign is spelled `%2B`: stores of objects read a
 * bare one as a space.
 * @param page the URL that the links are relative to
 */
export function fittingLinks(links: readonly string[], page: string, wanted: WantedWheel): URL[] {
  return links
    .filter((link) => URL.canParse(link, page))
    .map((link) => new URL(link.replaceAll('+', '%2B'), page))
    .filter((url) => isWanted(decodeURIComponent(url.pathname.split('/').at(-1)!), wanted))
}

/** The placeholder under which vLLM kept every wheel from September 2024 to December 2025. */
export function constantNames(wanted: WantedWheel): string[] {
  return namesOf('1.0.0.dev', ['cp38-abi3'], wanted)
}

/**
 * The names of the first era (July to September 2024): the version of the tree, and for the first week one wheel for
 * each Python (reference/wheels.md §1.1).
 */
export function versionNames(version: string, wanted: WantedWheel): string[] {
  return namesOf(version, ['cp38-abi3', 'cp311-cp311', 'cp310-cp310'], wanted)
}

function namesOf(version: string, tags: readonly string[], wanted: WantedWheel): string[] {
  const escaped = normalizeName(wanted.distribution).replaceAll('-', '_')
  const names = tags.map((tag) => `${escaped}-${version}-${tag}-manylinux1_x86_64.whl`)
  return names.filter((name) => isWanted(name, wanted))
}

function isWanted(filename: string, { distribution, platform, python }: WantedWheel): boolean {
  const name = parseWheelName(filename)
  if (name === undefined || normalizeName(name.distribution) !== normalizeName(distribution)) return false
  if (python !== undefined && !fitsPython(`${python}.0`, pythonOfTags(name))) return false
  const [system, machine] = platform.split('-')
  const systemTag = system === 'darwin' ? /^macosx_/ : /^(many)?linux/
  return name.platformTags.some((tag) => tag === 'any' || (systemTag.test(tag) && tag.endsWith(`_${machine}`)))
}

/** The version that `version.py` declares; undefined where it is computed or is none, such as `dev`. */
export function declaredVersion(text: string): string | undefined {
  return /^__version__\s*(?::\s*str\s*)?=\s*["'](\d[0-9A-Za-z.!+]*)["']/m.exec(text)?.[1]
}
