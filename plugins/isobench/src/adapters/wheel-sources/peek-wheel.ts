import { sha256 } from '../../domain/digest.ts'
import { decodedName } from '../../domain/commit-wheels.ts'
import { objection } from '../../domain/wheel-answer.ts'
import { type WantedContent, contradiction } from '../../domain/wheel-content.ts'
import { findMetadata, parseMetadata } from '../../domain/wheel-members.ts'
import { type ZipMember, locateDirectory, packedSize, readDirectory, unpackMember } from '../../domain/zip-directory.ts'
import { absence, ask, bytesOf, unreachable } from '../http.ts'

/** What is known of a wheel that was not fetched. null is what the host did not show, or what is not built yet. */
export interface PeekedWheel {
  readonly filename: string | null
  readonly name: string | null
  readonly version: string | null
  readonly requiresPython: string | null
  /** Never known before the wheel is fetched */
  readonly sha256: null
  /** Digest of the size and the directory of the wheel, with a checksum of each member: equal in equal wheels */
  readonly fingerprint: string | null
}

/** What is known of a wheel that is not there yet. */
export const nothingKnown: PeekedWheel = {
  filename: null,
  name: null,
  version: null,
  requiresPython: null,
  sha256: null,
  fingerprint: null,
}

const invalid = objection('invalid', 'not a whole zip file')

/** Bytes of the end that are asked for first: a small wheel whole, of a large one the place of its directory. */
const endBytes = 65_536
/** A directory of more bytes is not read. That of a vLLM wheel has about a quarter of a million. */
const maximumDirectoryBytes = 16_777_216
const maximumMetadataBytes = 4_194_304

/** A file of a host that gives out parts of it. */
interface RemoteFile {
  readonly bytes: number
  /** The part from `start` to before `end` */
  part(start: number, end: number): Promise<Uint8Array>
}

/**
 * Reads what a wheel says of itself by a few ranges of its bytes, never whole: its directory and its METADATA. Where
 * the host gives no ranges only its name is known.
 * @returns one line that says why it is refused or not there
 * @throws IsobenchError `network` when the host gives no answer that says whether the wheel is there
 */
export async function peekWheel(url: string, wanted: WantedContent): Promise<PeekedWheel | string> {
  const wheel = await peek(url, wanted.forbiddenIsAbsent)
  return typeof wheel === 'string' ? wheel : (contradiction(wheel, wanted) ?? wheel)
}

async function peek(url: string, forbiddenIsAbsent: boolean | undefined): Promise<PeekedWheel | string> {
  const filename = decodedName(new URL(url))
  const known = { ...nothingKnown, filename }
  const file = await openRemote(url, forbiddenIsAbsent)
  if (typeof file === 'string') return file
  if (file === null) return known
  const endStart = Math.max(0, file.bytes - endBytes)
  const place = locateDirectory(await file.part(endStart, file.bytes), file.bytes)
  if (place === undefined) return invalid
  if (place.bytes > maximumDirectoryBytes) return known
  const directory = await file.part(place.offset, place.offset + place.bytes)
  const members = readDirectory(directory, place.members)
  if (members === undefined) return invalid
  const member = findMetadata(members)
  if (typeof member === 'string') return objection('invalid', member)
  const text = await textOf(file, member)
  if (text === undefined) return objection('invalid', `damaged member: ${member.name}`)
  const metadata = parseMetadata(text)
  if (metadata === undefined) return objection('invalid', 'METADATA without name or version')
  return { ...known, ...metadata, fingerprint: sha256(`${file.bytes} ${sha256(directory)}`) }
}

async function textOf(file: RemoteFile, member: ZipMember): Promise<string | undefined> {
  if (member.bytes > maximumMetadataBytes) return undefined
  const packed = await file.part(member.offset, Math.min(member.offset + packedSize(member), file.bytes))
  const content = unpackMember(packed, member, maximumMetadataBytes)
  return content === undefined ? undefined : new TextDecoder().decode(content)
}

/** null: the host gives no ranges. A string: the file is not there, or empty. */
async function openRemote(url: string, forbiddenIsAbsent: boolean | undefined): Promise<RemoteFile | string | null> {
  const response = await askFor(url, `-${endBytes}`)
  if (response.status === 416) {
    await response.body?.cancel()
    return invalid
  }
  const answer = await absence(response, url, forbiddenIsAbsent)
  if (answer !== null) return answer
  const bytes = sizeOf(response)
  if (bytes === undefined) {
    await response.body?.cancel()
    return null
  }
  const end = await wholePart(response, url, Math.min(bytes, endBytes))
  const endStart = bytes - end.length
  return {
    bytes,
    part: async (start, stop) => {
      if (start >= endStart) return end.subarray(start - endStart, stop - endStart)
      const between = await fetchPart(url, start, Math.min(stop, endStart))
      return stop <= endStart ? between : Buffer.concat([between, end.subarray(0, stop - endStart)])
    },
  }
}

/** The size of the whole file in bytes; undefined when the host sends all of a large one. */
function sizeOf(response: Response): number | undefined {
  const [isPart, header] = response.status === 206 ? [true, 'content-range'] : [false, 'content-length']
  const bytes = Number(/^(?:bytes \d+-\d+\/)?(\d+)$/.exec(response.headers.get(header) ?? '')?.[1])
  return Number.isSafeInteger(bytes) && (isPart || bytes <= endBytes) ? bytes : undefined
}

async function fetchPart(url: string, start: number, stop: number): Promise<Uint8Array> {
  const response = await askFor(url, `${start}-${stop - 1}`)
  if (response.status !== 206) throw unreachable(url, response)
  return wholePart(response, url, stop - start)
}

/** Without compression: that of a part is not that of the file. */
function askFor(url: string, range: string): Promise<Response> {
  return ask(url, 'GET', { range: `bytes=${range}`, 'accept-encoding': 'identity' })
}

async function wholePart(response: Response, url: string, length: number): Promise<Uint8Array> {
  const bytes = await bytesOf(response, url, length)
  if (bytes.length !== length) throw unreachable(url, new Error(`${bytes.length} of the ${length} bytes asked for`))
  return bytes
}
