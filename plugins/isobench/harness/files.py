"""Files of a bundle and of its results: digests, and writing of which a crash leaves nothing half done."""

import hashlib
import itertools
import json
import os


def harness_digest(folder):
    """SHA-256 over `<name> <sha256>\\n` of every Python file, in the order of their names."""
    names = sorted(name for name in os.listdir(folder) if name.endswith(".py"))
    lines = "".join("%s %s\n" % (name, digest_of(os.path.join(folder, name))) for name in names)
    return hashlib.sha256(lines.encode()).hexdigest()


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def read_runs(path):
    """The lines that were written whole; what a killed process left of a last one is cut off."""
    if not os.path.exists(path):
        return []
    with open(path, "rb+") as file:
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        file.truncate(len(whole))
    return [json.loads(line) for line in whole.splitlines()]


def set_aside(path):
    if os.path.exists(path):
        stem = path[: -len(".jsonl")]
        number = next(number for number in itertools.count() if not os.path.exists("%s.%d.jsonl" % (stem, number)))
        os.rename(path, "%s.%d.jsonl" % (stem, number))


def append_durably(path, text, mode="ab"):
    with open(path, mode) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def write_durably(path, text):
    append_durably(path + ".tmp", text, "wb")
    os.replace(path + ".tmp", path)


def say(line):
    print(line, flush=True)
