"""A PEP 517 back end of the standard library alone: equal sources give equal bytes, and nothing is downloaded."""

import base64
import gzip
import hashlib
import io
import os
import re
import tarfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EARLIEST_IN_ZIP = 315532800  # 1980-01-01


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = f"quillstats-{version()}"
    files = {path: (ROOT / path).read_bytes() for path in sources("quillstats")}
    files[f"{name}.dist-info/LICENSE.txt"] = (ROOT / "LICENSE.txt").read_bytes()
    files[f"{name}.dist-info/METADATA"] = metadata().encode()
    files[f"{name}.dist-info/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: quillstats-build\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = f"{name}.dist-info/RECORD"
    lines = [f"{path},sha256={digest(data)},{len(data)}" for path, data in sorted(files.items())]
    files[record] = "".join(f"{line}\n" for line in [*lines, f"{record},,"]).encode()

    filename = f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / filename, "w") as wheel:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, time.gmtime(max(epoch(), EARLIEST_IN_ZIP))[:6])
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED
            wheel.writestr(entry, data)
    return filename


def build_sdist(sdist_directory, config_settings=None):
    name = f"quillstats-{version()}"
    files = {path: (ROOT / path).read_bytes() for path in sources("quillstats", "_backend", "tests")}
    for path in ("LICENSE", "README.md", "pyproject.toml"):
        files[path] = (ROOT / path).read_bytes()
    files["PKG-INFO"] = metadata().encode()

    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, data in sorted(files.items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mtime, entry.mode = len(data), epoch(), 0o644
            tar.addfile(entry, io.BytesIO(data))
    filename = f"{name}.tar.gz"
    (Path(sdist_directory) / filename).write_bytes(gzip.compress(archive.getvalue(), mtime=0))
    return filename


def sources(*folders):
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def version():
    return re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)[1]


def metadata():
    return (
        f"Metadata-Version: 2.1\nName: quillstats\nVersion: {version()}\n"
        "Summary: Small tools for counting, searching and comparing text\n"
        "License: Apache-2.0\nLicense-File: LICENSE.txt\nRequires-Python: >=3.9\n"
    )


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def epoch():
    return int(os.environ.get("SOURCE_DATE_EPOCH", EARLIEST_IN_ZIP))
