import type { ZipMember } from './zip-directory.ts'

/** What METADATA says of a wheel, as far as a look at it needs. */
export interface WheelMetadata {
  readonly name: string
  readonly version: string
  readonly requiresPython: string
}

/** The METADATA among the members of a wheel, or why it is not to be installed: the same rules as in `adapters/wheel.ts`. */
export function findMetadata(members: readonly ZipMember[]): ZipMember | string {
  for (const { name, isLink } of members) {
    if (climbsOut(name)) return `member climbs out: ${name}`
    if (isLink) return `member is a link: ${name}`
  }
  const found = members.filter(({ name }) => /^[^/]+\.dist-info\/METADATA$/.test(name))
  return found.length === 1 ? found[0]! : `wants one METADATA, has: ${found.length}`
}

function climbsOut(name: string): boolean {
  if (!/^\/|[\\\0:]|\.\./.test(name)) return false // a wheel has thousands of members
  const parts = name.split('/')
  return name.startsWith('/') || /[\\\0]/.test(name) || parts.includes('..') || parts[0]!.includes(':')
}

/** Reads the header fields of METADATA; undefined where name or version is missing. */
export function parseMetadata(text: string): WheelMetadata | undefined {
  const [headers = ''] = text.replaceAll('\r\n', '\n').split('\n\n')
  const value = (key: string) => new RegExp(`^${key}:(.*)$`, 'im').exec(headers)?.[1]?.trim() ?? ''
  const metadata = { name: value('Name'), version: value('Version'), requiresPython: value('Requires-Python') }
  return metadata.name === '' || metadata.version === '' ? undefined : metadata
}
