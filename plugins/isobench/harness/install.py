"""Makes an environment from wheels, with nothing but the standard library: python -I -B install.py < REQUEST

REQUEST is JSON: `folder`, `wheels` (list of `path` and `sha256`), `host` (null, or the folders to look for packages in
besides those of the interpreter that runs this, from which then everything else comes). The environment is of that interpreter and cannot be moved. It is made by one process at a
time; a marker comes last, so what a crash leaves half done is thrown away by the next.
"""

import compileall
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import site
import stat
import sys
import venv
import zipfile


def main():
    request = json.load(sys.stdin)
    folder = request["folder"]
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        marker, content = folder + ".ready.json", json.dumps(dict(request, python=sys.version, home=sys.prefix), sort_keys=True)
        if is_ready(marker, content):
            return
        shutil.rmtree(folder, ignore_errors=True)
        venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
        packages = os.path.join(folder, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")
        for wheel in request["wheels"]:
            unpack(wheel["path"], wheel["sha256"], packages, folder)
        if request["host"] is not None:
            lend(packages, request["host"])
        compileall.compile_dir(packages, quiet=2, workers=0)
        with open(marker, "w") as file:
            file.write(content)


def is_ready(marker, content):
    try:
        with open(marker) as file:
            return file.read() == content
    except FileNotFoundError:
        return False


def lend(packages, more):
    """Puts the site folders of this interpreter behind the environment's own. `--system-site-packages` would give those
    of the Python that this interpreter was made from, which are others when it is itself a virtual environment's."""
    folders = [path for path in more + site.getsitepackages() if os.path.isdir(path)]
    with open(os.path.join(packages, "zz-isobench-host.pth"), "w") as file:
        file.writelines("import site; site.addsitedir(%r)\n" % path for path in folders)


def unpack(path, digest, packages, folder):
    with open(path, "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() != digest:
            sys.exit("wheel differs from its digest: %s" % path)
    with zipfile.ZipFile(path) as wheel:
        for member in wheel.infolist():
            target = place(member.filename, packages, folder)
            if not member.is_dir() and target is not None:
                write(wheel, member, target, scripts=os.path.join(folder, "bin"))
        information = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")).split("/")[0]
    origin = {"url": pathlib.Path(path).as_uri(), "archive_info": {"hashes": {"sha256": digest}}}
    for name, text in (("direct_url.json", json.dumps(origin)), ("INSTALLER", "isobench\n")):
        with open(os.path.join(packages, information, name), "w") as file:
            file.write(text)


def place(name, packages, folder):
    """Where a member of a wheel goes; None for a scheme that has no place here."""
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or ".." in parts or ":" in parts[0]:
        sys.exit("member of a wheel climbs out: %s" % name)
    if not parts[0].endswith(".data"):
        return os.path.join(packages, name)
    schemes = {"purelib": packages, "platlib": packages, "scripts": os.path.join(folder, "bin"), "data": folder}
    root = schemes.get(parts[1]) if len(parts) > 2 else None
    return None if root is None else os.path.join(root, *parts[2:])


def write(wheel, member, target, scripts):
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        sys.exit("member of a wheel is a link: %s" % member.filename)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    is_script = os.path.dirname(target) == scripts
    with wheel.open(member) as source, open(target, "wb") as file:
        if is_script:
            first = source.readline()
            file.write(b"#!%s\n" % os.path.join(scripts, "python").encode() if first.startswith(b"#!python") else first)
        shutil.copyfileobj(source, file, 1 << 20)
    if is_script or mode & 0o111:
        os.chmod(target, 0o755)


if __name__ == "__main__":
    main()
