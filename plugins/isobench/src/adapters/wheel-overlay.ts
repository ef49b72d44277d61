import { InvalidWheel } from './wheel.ts'
import { cleanEnvironment, run } from './process.ts'

/** A wheel to make from another one. */
export interface OverlayJob {
  /** The wheel of the ancestor */
  readonly wheel: string
  /** Folder with the files of the ancestor */
  readonly ancestorTree: string
  /** Folder with the files of the commit */
  readonly tree: string
  /** Folders in which the package may lie, in the order of looking */
  readonly roots: readonly string[]
  /** The package as `import` names it */
  readonly importName: string
  /** Version of the new wheel */
  readonly version: string
  /** Where to write it */
  readonly output: string
  /** Path of an interpreter, which does the writing */
  readonly python: string
}

/**
 * Members that stay are copied as they are stored and new ones are not compressed, so the bytes of the new wheel do not
 * depend on the compressor of this machine; dates and order are fixed.
 */
const program = String.raw`
import base64, csv, hashlib, io, json, os, re, struct, sys, zipfile, zlib
job = json.load(sys.stdin)

def refuse(message):
    print(json.dumps({"refused": message}))
    sys.exit()

def package_root(tree):
    parts = job["importName"].split(".")
    for root in job["roots"]:
        place = os.path.join(tree, root, *parts)
        if os.path.isdir(place) or os.path.isfile(place + ".py"):
            return os.path.join(tree, root)
    refuse("the tree has no package: " + job["importName"])

old_root, new_root = package_root(job["ancestorTree"]), package_root(job["tree"])
archive = zipfile.ZipFile(job["wheel"])
members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
information = next(name for name in members if name.count("/") == 1 and name.endswith(".dist-info/RECORD"))[:-len("RECORD")]
prefix = information[:-len(".dist-info/")]
if any(re.match(r"[^/]+\.data/(purelib|platlib)/", name) for name in members):
    refuse("the wheel of the ancestor keeps its package in .data")
if any(info.flag_bits & 1 for info in members.values()):
    refuse("the wheel of the ancestor is encrypted")

def files_below(root):
    top = os.path.join(root, *job["importName"].split("."))
    found = {os.path.relpath(top + ".py", root)} if os.path.isfile(top + ".py") else set()
    for folder, _, names in os.walk(top):
        found |= {os.path.relpath(os.path.join(folder, name), root) for name in names}
    return {name for name in found if os.path.isfile(os.path.join(root, name))}

def content(root, name):
    path = os.path.join(root, name)
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return file.read()

old_files, new_files = files_below(old_root), files_below(new_root)

def is_packaged(name):
    """Whether a build would take a file that the ancestor has not: as it took the files beside it."""
    folder, extension = os.path.dirname(name), os.path.splitext(name)[1]
    beside = [each for each in old_files if os.path.dirname(each) == folder and os.path.splitext(each)[1] == extension]
    return any(each in members for each in beside) if beside else extension == ".py"

written, removed = {}, set()
packaged = {name for name in members if not name.startswith((information, prefix + ".data/"))}
for name in sorted(packaged | old_files | new_files):
    before, after = content(old_root, name), content(new_root, name)
    if before == after:
        continue
    if name not in members:
        if before is None and is_packaged(name):
            written[name] = after
    elif before is None or archive.read(name) != before:
        refuse("the wheel of the ancestor has another file than its tree: " + name)
    elif after is None:
        removed.add(name)
    else:
        written[name] = after
removed |= {name for name in members if "__pycache__" in name.split("/")}
removed |= {information + name for name in ("RECORD", "RECORD.jws", "RECORD.p7s")}

def renamed(name):
    new = re.sub(r"-[^-/]+$", "-" + job["version"].replace("-", "_"), prefix)
    return new + name[len(prefix):] if name.startswith((information, prefix + ".data/")) else name

metadata = archive.read(information + "METADATA")
written[information + "METADATA"] = re.sub(rb"(?m)^Version:[^\r\n]*", b"Version: " + job["version"].encode(), metadata, count=1)

def digest(data):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()

recorded = {row[0]: row for row in csv.reader(io.StringIO(archive.read(information + "RECORD").decode())) if row}
rows, entries = [], []
for name in sorted((set(members) - removed) | set(written), key=lambda name: (name.startswith(information), name)):
    if name in written:
        data = written[name]
        rows.append([renamed(name), digest(data), str(len(data))])
        mode = members[name].external_attr if name in members else 0o100644 << 16
        entries.append((renamed(name), mode, data, None))
    else:
        row = recorded.get(name)
        if row is None or not row[1]:
            row = [name, digest(archive.read(name)), str(members[name].file_size)]
        rows.append([renamed(name)] + row[1:])
        entries.append((renamed(name), members[name].external_attr, None, members[name]))
text = io.StringIO()
csv.writer(text, lineterminator="\n").writerows(rows + [[renamed(information + "RECORD"), "", ""]])
entries.append((renamed(information + "RECORD"), 0o100644 << 16, text.getvalue().encode(), None))

def stored(source, info):
    source.seek(info.header_offset)
    name_length, extra_length = struct.unpack("<26xHH", source.read(30))
    source.seek(info.header_offset + 30 + name_length + extra_length)
    left = info.compress_size
    while left > 0:
        block = source.read(min(left, 1 << 20))
        if not block:
            refuse("the wheel of the ancestor is cut short")
        left -= len(block)
        yield block

date = (1980 - 1980) << 9 | 1 << 5 | 1
directory = []
with open(job["wheel"], "rb") as source, open(job["output"], "wb") as output:
    for name, mode, data, info in entries:
        encoded = name.encode()
        flags = 0 if encoded.isascii() else 0x800
        if info is None:
            method, crc, packed, size = 0, zlib.crc32(data), len(data), len(data)
        else:
            method, crc, packed, size = info.compress_type, info.CRC, info.compress_size, info.file_size
        offset = output.tell()
        if offset + packed >= 1 << 32 or size >= 1 << 32 or len(entries) >= 1 << 16:
            refuse("the wheel would be larger than 4 GiB")
        fields = (flags, method, 0, date, crc, packed, size, len(encoded))
        output.write(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, *fields, 0) + encoded)
        for block in [data] if info is None else stored(source, info):
            output.write(block)
        directory.append(struct.pack("<4sBBHHHHHIIIHHHHHII", b"PK\1\2", 20, 3, 20, *fields, 0, 0, 0, 0, mode, offset) + encoded)
    start = output.tell()
    output.write(b"".join(directory))
    length = output.tell() - start
    output.write(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(directory), len(directory), length, start, 0))
print(json.dumps({"changed": len(written) - 1, "removed": len(removed)}))
`

/**
 * Writes a wheel: that of an ancestor with the files of a commit in the place of those that changed in between, without
 * those that are gone, with a version of its own and a RECORD that fits. Equal inputs give equal bytes.
 * @returns null, or one line that says why the wheel of the ancestor cannot be used
 */
export async function writeOverlay(job: OverlayJob): Promise<string | null> {
  const { python, ...input } = job
  const result = await run(python, ['-I', '-S', '-c', program], {
    environment: cleanEnvironment(),
    input: JSON.stringify(input),
  })
  if (result.exitCode !== 0) throw new InvalidWheel(`cannot be rewritten: ${result.stderr.trim().split('\n').at(-1)}`)
  return (JSON.parse(result.stdout) as { readonly refused?: string }).refused ?? null
}
