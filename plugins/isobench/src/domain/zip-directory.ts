import { crc32, inflateRawSync } from 'node:zlib'

/** Where the directory of a zip file is: it names every member and stands, with the record of its own place, at the end. */
export interface DirectoryPlace {
  readonly offset: number
  readonly bytes: number
  readonly members: number
}

/** A member of a zip file, as the directory has it. */
export interface ZipMember {
  readonly name: string
  readonly isLink: boolean
  /** 0: stored, 8: deflated */
  readonly method: number
  readonly crc32: number
  readonly packedBytes: number
  readonly bytes: number
  /** Where its own header begins, which its data follows */
  readonly offset: number
}

const endBytes = 22
const headerBytes = 30
const entryBytes = 46

/**
 * Finds the directory from the last bytes of a zip file; undefined when there is none. A file of more than 4 GiB or
 * 65,534 members (zip64) says `0xffffffff` and `0xffff`, and its directory then lies past its end: none as well.
 * @param fileBytes size of the whole file
 */
export function locateDirectory(end: Uint8Array, fileBytes: number): DirectoryPlace | undefined {
  const view = viewOf(end)
  for (let at = end.length - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue
    if (at + endBytes + view.getUint16(at + 20, true) !== end.length) continue // those digits in a comment
    const place = {
      members: view.getUint16(at + 10, true),
      bytes: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    }
    return place.offset + place.bytes === fileBytes - end.length + at ? place : undefined
  }
  return undefined
}

/** Reads a directory; undefined when it is none, or not of so many members. Names that are no UTF-8 have U+FFFD. */
export function readDirectory(directory: Uint8Array, members: number): ZipMember[] | undefined {
  const view = viewOf(directory)
  const decoder = new TextDecoder()
  const found: ZipMember[] = []
  let at = 0
  while (at + entryBytes <= directory.length && view.getUint32(at, true) === 0x02014b50) {
    const nameBytes = view.getUint16(at + 28, true)
    found.push({
      name: decoder.decode(directory.subarray(at + entryBytes, at + entryBytes + nameBytes)),
      isLink: ((view.getUint32(at + 38, true) >>> 16) & 0o170000) === 0o120000,
      method: view.getUint16(at + 10, true),
      crc32: view.getUint32(at + 16, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    })
    at += entryBytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return at === directory.length && found.length === members ? found : undefined
}

/** How many bytes from its offset on hold a member whole. What its header adds beyond its name is rarely there: 1 KiB at most here. */
export function packedSize(member: ZipMember): number {
  return headerBytes + new TextEncoder().encode(member.name).length + 1024 + member.packedBytes
}

/**
 * Unpacks a member of at most `limit` bytes; undefined when it is damaged, larger, or packed in another way than wheels are.
 * @param packed the bytes of the file from the member's offset on
 */
export function unpackMember(packed: Uint8Array, member: ZipMember, limit: number): Uint8Array | undefined {
  if (packed.length < headerBytes || member.bytes > limit) return undefined
  const view = viewOf(packed)
  if (view.getUint32(0, true) !== 0x04034b50) return undefined
  const start = headerBytes + view.getUint16(26, true) + view.getUint16(28, true)
  const data = packed.subarray(start, start + member.packedBytes)
  const content = member.method === 0 ? data : member.method === 8 ? inflate(data, member.bytes) : undefined
  return content !== undefined && content.length === member.bytes && crc32(content) === member.crc32
    ? content
    : undefined
}

function inflate(data: Uint8Array, bytes: number): Uint8Array | undefined {
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(bytes, 1) })
  } catch {
    return undefined // the caller says what is damaged
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
