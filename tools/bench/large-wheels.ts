import { crc32 } from 'node:zlib'
import type { Bytes } from '../../test/support/wheel-host.ts'
import { makeWheel } from '../../test/support/wheels.ts'

/** Members besides the metadata: the directory of a vLLM wheel is about as large. */
const members = 1500
/** Bytes in front of everything else: a vLLM wheel has as many, nearly all of them in compiled files. */
const bulkBytes = 400_000_000
/** Stands for the first nine digits of a commit, in the version and in a file. */
const placeholder = 'zzzzzzzzz'

/** Makes wheels of a version by commit: each has 400 MB, of which the last third of a megabyte is kept and the rest reads as zeros. */
export async function largeWheelMaker(versionOf: (hash: string) => string): Promise<(hash: string) => Bytes> {
  const names = Array.from({ length: members }, (_, index) => `vllm/model_executor/layers/part_${index}.py`)
  const files = Object.fromEntries([...names, 'vllm/_commit.py'].map((name) => [name, `COMMIT = "${placeholder}"\n`]))
  const template = Buffer.from(await makeWheel({ name: 'vllm', version: versionOf(placeholder), files }))
  const places = occurrences(template)
  return (hash) => {
    const wheel = Buffer.from(template)
    for (const place of places) wheel.write(hash.slice(0, placeholder.length), place, 'latin1')
    return withBulk(wheel)
  }
}

function occurrences(bytes: Buffer): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(placeholder); at !== -1; at = bytes.indexOf(placeholder, at + 1)) found.push(at)
  return found
}

/** A zip file of stored members after so many bytes that belong to none: places and checksums are set anew. */
function withBulk(wheel: Buffer): Bytes {
  const end = wheel.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  let at = wheel.readUInt32LE(end + 16)
  wheel.writeUInt32LE(at + bulkBytes, end + 16)
  while (at < end) {
    const [bytes, place] = [wheel.readUInt32LE(at + 24), wheel.readUInt32LE(at + 42)]
    const start = place + 30 + wheel.readUInt16LE(place + 26) + wheel.readUInt16LE(place + 28)
    wheel.writeUInt32LE(crc32(wheel.subarray(start, start + bytes)), at + 16)
    wheel.writeUInt32LE(place + bulkBytes, at + 42)
    at += 46 + wheel.readUInt16LE(at + 28) + wheel.readUInt16LE(at + 30) + wheel.readUInt16LE(at + 32)
  }
  const length = bulkBytes + wheel.length
  const part = (start: number, stop: number) =>
    Buffer.concat([
      Buffer.alloc(Math.max(0, Math.min(stop, bulkBytes) - start)),
      wheel.subarray(Math.max(0, start - bulkBytes), Math.max(0, stop - bulkBytes)),
    ])
  return { length, subarray: (start = 0, stop = length) => part(start, stop) }
}
