"""Builds a wheel on a node of a cluster: python3 run.py --output FOLDER --work FOLDER

Beside it stand build.json, which names every file with its SHA-256, the source, uv, and what the build requires as
wheels: no network is needed. Python 3.9 or newer, of the minor version that the wheel is for; standard library only.

Exit codes: 0 when the build came to its end, whatever that is: build.json in the output says it; 1 when this node cannot
build, or did not to the end.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
# Of a module that was loaded: a build must not find the packages of the node.
NOT_PASSED_ON = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", required=True)
    parser.add_argument("--work", required=True)
    options = parser.parse_args()
    with open(os.path.join(HERE, "build.json")) as file:
        job = json.load(file)
    refuse_other_python(job)
    for path, digest in job["files"].items():
        if digest_of(os.path.join(HERE, path)) != digest:
            sys.exit("error: not the file that was sent: %s" % path)
    os.umask(0o022)  # the modes of the files are in the wheel
    built, tree = [os.path.join(options.work, name) for name in ("built", "source")]
    os.makedirs(built)
    unpack(os.path.join(HERE, job["source"]), tree)
    ended = build(job, tree, built, os.path.join(options.work, "cache"))
    texts = {"stdout": ended.stdout, "stderr": ended.stderr}
    for name, text in texts.items():
        text = text.decode("utf-8", "replace")
        texts[name] = text.replace(tree + "/", "").replace(tree, "").replace(built, "")
    if ended.returncode < 0:
        sys.exit("error: the build was ended by signal %d" % -ended.returncode)
    if ended.returncode and "Killed signal terminated program" in texts["stdout"] + texts["stderr"]:
        sys.exit("error: the compiler was killed, probably for want of memory: raise `memory`")
    wheels = {}
    for name in sorted(os.listdir(built)):
        if name.endswith(".whl"):
            shutil.copyfile(os.path.join(built, name), os.path.join(options.output, name))
            wheels[name] = digest_of(os.path.join(options.output, name))
    with open(os.path.join(options.output, "build.json"), "w") as file:
        json.dump({"schema_version": 1, "exit_code": ended.returncode, "wheels": wheels, **texts}, file)


def refuse_other_python(job):
    version = "%d.%d" % sys.version_info[:2]
    if version != job["python"]:
        sys.exit("error: the wheel is for Python %s, this is %s" % (job["python"], version))
    here = "%s-%s" % (sys.platform, platform.machine().lower())
    if here != job["platform"]:
        sys.exit("error: the wheel is for %s, this is %s" % (job["platform"], here))


def unpack(archive, folder):
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "fully_trusted_filter"):  # paths were checked before it was packed, and so was its digest
            tar.extractall(folder, filter="fully_trusted")
        else:
            tar.extractall(folder)


def build(job, tree, built, cache):
    uv = os.path.join(HERE, job["uv"])
    folders = sorted({os.path.dirname(path) for path in job["files"] if path.endswith(".whl")})
    sources = [part for folder in folders for part in ("--find-links", os.path.join(HERE, folder))]
    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    project = os.path.join(tree, job["subdirectory"])
    command = [uv, "build", "--wheel", "--python", python, "--offline", "--no-index", *sources, "--out-dir", built]
    variables = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    variables.update(job["variables"], UV_CACHE_DIR=cache)
    return subprocess.run([*command, project], cwd=project, env=variables, stdin=subprocess.DEVNULL, capture_output=True)


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


if __name__ == "__main__":
    main()
