import { createReadStream } from 'node:fs'
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { cleanEnvironment, run } from './process.ts'

/** What a wheel file holds, as its METADATA says. */
export interface WheelContent {
  readonly name: string
  readonly version: string
  readonly requiresPython: string
  /** Requirements as they stand, with their markers */
  readonly requiresDist: readonly string[]
  /** Build back end and its version, as the file WHEEL says, e.g. `setuptools (75.6.0)`; null where it does not say */
  readonly generator: string | null
}

/** A wheel that must not be installed: damaged, or made to write outside its environment. */
export class InvalidWheel extends Error {
  override readonly name = 'InvalidWheel'
}

const question = `
import email.parser, json, stat, sys, zipfile
def invalid(message):
    print(json.dumps({"invalid": message}))
    sys.exit()
try:
    wheel = zipfile.ZipFile(sys.argv[1])
    damaged = wheel.testzip()
except Exception as error:
    invalid("not a whole zip file: " + str(error))
if damaged:
    invalid("damaged member: " + damaged)
for member in wheel.infolist():
    name = member.filename
    if name.startswith("/") or "\\\\" in name or "\\0" in name or ".." in name.split("/") or ":" in name.split("/")[0]:
        invalid("member climbs out: " + name)
    if stat.S_ISLNK(member.external_attr >> 16):
        invalid("member is a link: " + name)
metadata = [name for name in wheel.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA")]
if len(metadata) != 1:
    invalid("wants one METADATA, has: %d" % len(metadata))
def headers(name):
    return email.parser.Parser().parsestr(wheel.read(name).decode("utf-8", "replace"), headersonly=True)
fields = headers(metadata[0])
description = metadata[0].replace("/METADATA", "/WHEEL")
if description not in wheel.namelist():
    invalid("no file WHEEL")
if not fields["Name"] or not fields["Version"]:
    invalid("METADATA without name or version")
print(json.dumps({
    "name": fields["Name"].strip(),
    "version": fields["Version"].strip(),
    "requiresPython": (fields["Requires-Python"] or "").strip(),
    "requiresDist": [" ".join(line.split()) for line in fields.get_all("Requires-Dist") or []],
    "generator": (headers(description)["Generator"] or "").strip() or None,
}))`

/**
 * Reads a wheel without unpacking it, every member checked against its checksum.
 * @param python path of an interpreter, which does the reading
 * @throws InvalidWheel for a file that is cut short or damaged, and for members that climb out or are links
 */
export async function readWheel(path: string, python: string): Promise<WheelContent> {
  const result = await run(python, ['-I', '-S', '-c', question, path], { environment: cleanEnvironment() })
  if (result.exitCode !== 0) throw new InvalidWheel(`not readable: ${result.stderr.trim().split('\n').at(-1)}`)
  const answer = JSON.parse(result.stdout) as WheelContent & { readonly invalid?: string }
  if (answer.invalid !== undefined) throw new InvalidWheel(answer.invalid)
  return answer
}

const members = `
import sys, zipfile
package = sys.argv[2].replace(".", "/")
names = zipfile.ZipFile(sys.argv[1]).namelist()
sys.exit(0 if any(name.startswith((package + "/", package + ".")) and not name.endswith("py.typed") for name in names) else 9)
`

/** Whether a wheel holds code of the package that `import` names: a back end can leave it out and still succeed. */
export async function holdsPackage(path: string, importName: string, python: string): Promise<boolean> {
  const result = await run(python, ['-I', '-S', '-c', members, path, importName], { environment: cleanEnvironment() })
  if (result.exitCode === 0 || result.exitCode === 9) return result.exitCode === 0
  throw new InvalidWheel(`not readable: ${result.stderr.trim().split('\n').at(-1)}`)
}

/** SHA-256 and size in bytes of a file of any size. */
export async function digestFile(path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { sha256: hash.digest('hex'), sizeBytes: (await stat(path)).size }
}
