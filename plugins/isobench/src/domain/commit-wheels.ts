import { z } from 'zod'
import { type Machine, unfit } from './wheel-fit.ts'
import { type WheelName, normalizeName, parseWheelName } from './wheel-name.ts'

/** Which wheel is looked for. */
export interface WantedWheel extends Machine {
  /** Distribution name */
  readonly distribution: string
}

/** A wheel that a list names. */
export interface LinkedWheel extends WheelName {
  readonly filename: string
  /** Where it is, with the digest that may follow `#` */
  readonly url: URL
}

/** The wheels of a list that fit, in its order, and why the one that fits best of the others does not. */
export interface Links {
  readonly fitting: readonly LinkedWheel[]
  /** null where there are no others */
  readonly objection: string | null
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

/**
 * Which of the links are wheels of the distribution that fit. A plus sign is spelled `%2B`: stores of objects read a
 * bare one as a space.
 * @param page the URL that the links are relative to
 * @param isWanted which versions count; undefined: any
 */
export function wheelsOfLinks(
  links: readonly string[],
  page: string,
  wanted: WantedWheel,
  isWanted: (version: string) => boolean = () => true,
): Links {
  const wheels = links
    .filter((link) => URL.canParse(link, page))
    .map((link) => linkedWheel(new URL(link.replaceAll('+', '%2B'), page)))
    .filter((wheel) => wheel !== undefined && normalizeName(wheel.distribution) === normalizeName(wanted.distribution))
    .filter((wheel) => isWanted(wheel!.version)) as LinkedWheel[]
  const judged = wheels.map((wheel) => ({ wheel, fault: unfit(wheel, wanted) }))
  const faults = judged.flatMap(({ fault }) => fault ?? [])
  return {
    fitting: judged.filter(({ fault }) => fault === null).map(({ wheel }) => wheel),
    objection: faults.toSorted((a, b) => a.distance - b.distance)[0]?.objection ?? null,
  }
}

function linkedWheel(url: URL): LinkedWheel | undefined {
  const filename = decodedName(url)
  const name = parseWheelName(filename)
  return name === undefined ? undefined : { ...name, filename, url }
}

/** The name of the file at a URL; empty where its escapes are none. */
export function decodedName(url: URL): string {
  try {
    return decodeURIComponent(url.pathname.split('/').at(-1)!)
  } catch {
    return ''
  }
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
  return names.filter((name) => unfit(parseWheelName(name)!, wanted) === null)
}

/** The version that `version.py` declares; undefined where it is computed or is none, such as `dev`. */
export function declaredVersion(text: string): string | undefined {
  return /^__version__\s*(?::\s*str\s*)?=\s*["'](\d[0-9A-Za-z.!+]*)["']/m.exec(text)?.[1]
}
