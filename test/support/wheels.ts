import { execa } from 'execa'

/** A wheel to make. Paths in `files` are those in the wheel, so they may be as bad as a test wants. */
export interface TestWheel {
  readonly name: string
  readonly version: string
  readonly files?: Readonly<Record<string, string>>
  readonly requires?: readonly string[]
  readonly requiresPython?: string
  readonly tag?: string
  /** Whether members are deflated; default: they are stored */
  readonly deflated?: boolean
}

const script = `
import base64, hashlib, io, json, sys, zipfile
digest = lambda content: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
def bytes_of(wheel):
    info = wheel["name"].replace("-", "_") + "-" + wheel["version"] + ".dist-info"
    fields = ["Metadata-Version: 2.1", "Name: " + wheel["name"], "Version: " + wheel["version"]]
    if "requiresPython" in wheel:
        fields.append("Requires-Python: " + wheel["requiresPython"])
    fields += ["Requires-Dist: " + each for each in wheel.get("requires", [])]
    files = {path: text.encode() for path, text in wheel.get("files", {}).items()}
    files[info + "/METADATA"] = ("\\n".join(fields) + "\\n").encode()
    files[info + "/WHEEL"] = ("Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: %s\\n" % wheel.get("tag", "py3-none-any")).encode()
    rows = ["%s,sha256=%s,%d" % (path, digest(content), len(content)) for path, content in files.items()]
    files[info + "/RECORD"] = ("\\n".join(rows + [info + "/RECORD,,"]) + "\\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            member = zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED if wheel.get("deflated") else zipfile.ZIP_STORED)
    return buffer.getvalue()
for wheel in json.load(sys.stdin):
    print(base64.b64encode(bytes_of(wheel)).decode())
`

const made = new Map<string, Promise<Uint8Array[]>>()

/** The bytes of real wheels, in the order asked for. Equal calls give equal bytes, and Python is started for the first. */
export async function makeWheels(wheels: readonly TestWheel[]): Promise<Uint8Array[]> {
  const input = JSON.stringify(wheels)
  const wanted = made.get(input) ?? pack(input)
  made.set(input, wanted)
  return wanted
}

async function pack(input: string): Promise<Uint8Array[]> {
  const { stdout } = await execa('python3', ['-c', script], { input })
  return stdout.split('\n').map((line) => Buffer.from(line, 'base64'))
}

/** The bytes of a real wheel. Equal calls give equal bytes. */
export async function makeWheel(wheel: TestWheel): Promise<Uint8Array> {
  return (await makeWheels([wheel]))[0]!
}
