"""What an environment holds: python -I -B installed.py DISTRIBUTION PACKAGE WHEEL ENVIRONMENT

Run it with the interpreter of ENVIRONMENT, which is checked. Prints one line of JSON (`schema/run-bundle.ts`, InstalledFacts). The
package itself is not run.
"""

import base64
import csv
import hashlib
import importlib.metadata
import importlib.util
import io
import json
import os
import platform
import re
import sys
import sysconfig
import zipfile

COMMIT_ID = re.compile(r"""['"](?:g([0-9a-f]{7,40})|([0-9a-f]{40})|[^'"+]*\+(?:[a-z0-9]+\.)*g([0-9a-f]{7,40})(?:\.[^'"]*)?)['"]""")

# As torch writes it; whatever else a version.py holds names no commit.
GIT_VERSION = re.compile(r"""^git_version\b[^=\n]*= *['"]([0-9a-f]{40})['"]""", re.MULTILINE)


def main(distribution, package, wheel, environment):
    if os.path.realpath(sys.prefix) != os.path.realpath(environment):
        sys.exit("the interpreter is not that of the environment, but of " + sys.prefix)
    site = sysconfig.get_path("purelib")
    with zipfile.ZipFile(wheel) as archive:
        record = dict(recorded(archive))
    module = module_file(package, site)
    found = find_distribution(distribution)
    facts = {
        "python": platform.python_version(),
        "version": found and found.version,
        "packages": packages(),
        "modules": modules(),
        "missing": missing(found),
        "direct_url": found and json.loads(found.read_text("direct_url.json") or "{}").get("url"),
        "module_file": module,
        "torch_cuda": torch_cuda(site),
        "commit_ids": sorted(set(commit_ids(os.path.join(site, os.path.dirname(module))))) if module else [],
        "recorded_files": sorted(record),
        "differing_files": sorted(path for path, expected in record.items() if differs(os.path.join(site, path), expected)),
    }
    print(json.dumps(facts))


def recorded(archive):
    """(path below site-packages, digest) of every file that the wheel installs there."""
    name = next(n for n in archive.namelist() if n.count("/") == 1 and n.endswith(".dist-info/RECORD"))
    for row in csv.reader(io.StringIO(archive.read(name).decode())):
        path = installed_path(row[0]) if row else None
        if path is not None and row[1] and not path.endswith(".dist-info/INSTALLER"):
            yield path, row[1]


def installed_path(member):
    top, _, rest = member.partition("/")
    if not top.endswith(".data"):
        return member
    scheme, _, rest = rest.partition("/")
    return rest if scheme in ("purelib", "platlib") else None


def differs(file, expected):
    algorithm, _, value = expected.partition("=")
    return not os.path.isfile(file) or digest(file, algorithm) != value


def digest(path, algorithm):
    state = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            state.update(block)
    return base64.urlsafe_b64encode(state.digest()).rstrip(b"=").decode()


def module_file(package, site):
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.origin:
        return None
    path = os.path.relpath(spec.origin, site)
    return path if not path.startswith(os.pardir) else "outside of the environment: " + os.path.basename(path)


def torch_cuda(site):
    """The CUDA that torch was built for; None where it was built for none, or does not lie in the environment."""
    path = os.path.join(site, "torch", "version.py")
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        found = re.search(r"""^cuda\b[^=\n]*= *['"]([0-9.]+)['"]""", file.read(), re.MULTILINE)
    return found and found.group(1)


def commit_ids(folder):
    for name in ("commit_id.py", "_commit_id.py", "_version.py"):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                for match in COMMIT_ID.finditer(file.read()):
                    yield next(group for group in match.groups() if group)
    path = os.path.join(folder, "version.py")
    if os.path.isfile(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            yield from GIT_VERSION.findall(file.read())


def find_distribution(name):
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def packages():
    """Name to version of everything that can be imported; of two with one name the first on the path counts."""
    names = {}
    for each in importlib.metadata.distributions():
        name = each.metadata["Name"]
        if name:
            names.setdefault(normal(name), each.version)
    return names


def modules():
    """Top-level module to the distribution that brings it; of two the first on the path counts."""
    found = {}
    for each in importlib.metadata.distributions():
        name = each.metadata["Name"]
        if name:
            declared = (each.read_text("top_level.txt") or "").split()
            for module in declared or {top_level(path) for path in each.files or ()}:
                if module.isidentifier():
                    found.setdefault(module, normal(name))
    return found


def top_level(path):
    """The module that a file of a distribution belongs to, or a text that is no name."""
    return path.parts[0] if len(path.parts) > 1 else path.name.partition(".")[0] if path.name.endswith((".py", ".so")) else ""


def missing(distribution):
    """What the distribution requires without a condition and nothing here provides."""
    there = packages()
    lines = (distribution and distribution.requires) or []
    names = {normal(re.match(r"[A-Za-z0-9._-]+", line).group()) for line in lines if ";" not in line}
    return sorted(names - set(there))


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main(*sys.argv[1:])
