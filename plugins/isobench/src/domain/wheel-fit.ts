import { fitsPython } from './python-version.ts'
import { objection } from './wheel-answer.ts'
import { type WheelName, pythonOfTags } from './wheel-name.ts'

/** What a wheel is to run on. */
export interface Machine {
  /** e.g. `linux-x86_64` */
  readonly platform: string
  /** Version of the GNU C library, e.g. `2.36`; null where there is none */
  readonly glibc: string | null
  /** Wanted version such as `3.11`; undefined: any */
  readonly python: string | undefined
}

/** Why a wheel does not fit. */
export interface Unfit {
  /** 1: it is for another Python only; 2: for another C library; 3: for another system */
  readonly distance: 1 | 2 | 3
  /** As the answer of an attempt */
  readonly objection: string
}

/**
 * Why the tags of a wheel (PEP 425, 600, 656) rule it out here; null when they do not. How much a tag of macOS asks of
 * the system is not looked at.
 */
export function unfit(name: WheelName, { platform, glibc, python }: Machine): Unfit | null {
  const [system, machine] = platform.split('-') as [string, string]
  const tags = name.platformTags
  if (!tags.includes('any')) {
    const wanted = system === 'darwin' ? /^macosx_/ : /^(many|musl)?linux/
    const mine = tags.filter((tag) => wanted.test(tag) && isMachine(tag, machine))
    if (mine.length === 0) {
      return { distance: 3, objection: objection('machine', `it is for ${tags.join(', ')}, this is: ${platform}`) }
    }
    const reasons = mine.map((tag) => whyLibraryUnfit(tag, glibc))
    if (!reasons.includes(null)) return { distance: 2, objection: objection('machine', reasons[0]!) }
  }
  const own = name.pythonTags.filter((tag) => /^(cp|py)3/.test(tag))
  const isOwn = own.length > 0 && !name.abiTags.every((tag) => /^cp3\d+t$/.test(tag))
  const specifiers = own.map((tag) => pythonOfTags({ ...name, pythonTags: [tag] }))
  if (isOwn && (python === undefined || specifiers.some((each) => fitsPython(python, each)))) return null
  const tag = `${name.pythonTags.join('.')}-${name.abiTags.join('.')}`
  return { distance: 1, objection: objection('python', `it is for ${tag}, wanted: ${python ?? 'CPython 3'}`) }
}

function isMachine(tag: string, machine: string): boolean {
  return tag.endsWith(`_${machine}`) || (tag.startsWith('macosx_') && /_universal2?$/.test(tag))
}

/** The oldest GNU C library that a platform tag asks for (PEP 600); undefined where it asks for none. */
function glibcOf(tag: string): string | undefined {
  const named = /^manylinux_(\d+)_(\d+)_/.exec(tag)
  if (named !== null) return `${named[1]}.${named[2]}`
  const year = /^manylinux(1|2010|2014)_/.exec(tag)?.[1]
  return year === undefined ? undefined : { '1': '2.5', '2010': '2.12', '2014': '2.17' }[year]
}

function whyLibraryUnfit(tag: string, glibc: string | null): string | null {
  if (tag.startsWith('musllinux_')) return glibc === null ? null : `it needs musl, this machine has glibc: ${glibc}`
  const wanted = glibcOf(tag)
  if (wanted === undefined) return null
  if (glibc === null) return `it needs glibc ${wanted}, this machine has: none`
  return fitsPython(glibc, `>=${wanted}`) ? null : `it needs glibc ${wanted}, this machine has: ${glibc}`
}

/**
 * Sorts wheels of one version as installers prefer them: compiled before pure, for exactly one Python before a range,
 * the newest Python first, then the newest C library; equal ones by name.
 */
export function bestFirst(a: WheelName & { readonly filename: string }, b: typeof a): number {
  return preference(b) - preference(a) || (a.filename < b.filename ? -1 : 1)
}

function preference(name: WheelName): number {
  const compiled = name.platformTags.includes('any') ? 0 : 10_000_000
  const [, exact = '0'] = /^==3\.(\d+)/.exec(pythonOfTags(name)) ?? []
  const libraries = name.platformTags.map((tag) => Number(glibcOf(tag)?.split('.')[1] ?? 0))
  return compiled + Number(exact) * 10_000 + Math.max(...libraries)
}
