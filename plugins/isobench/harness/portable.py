"""Measures the commits of a portable bundle on this machine: python3 run.py [--output FOLDER] [COMMIT ...]

Python 3.9 or newer is all it needs. The environments of both sides are made from the wheels in the bundle, without a
network; in a bundle whose dependencies come from the `host`, everything but the measured package is what `--python`
(default: the Python that runs this) can import. Started again after a kill, it goes on at the next pair.

Exit codes: 0 when there is nothing more to measure; 3 when this machine cannot measure some commit (one line says why);
128 + signal when it was asked to stop.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys

import rule
from device import Refused
from files import digest_of, read_json, read_runs, say, write_durably
from sandbox import environment_of, folders_of, is_in_usr, unique

HARNESS = os.path.dirname(os.path.abspath(__file__))
# What a machine must say for its own packages to find its device, its libraries and its compilers.
HOST_VARIABLES = (
    "PATH",
    "LD_LIBRARY_PATH",
    "CUDA_HOME",
    "CUDA_PATH",
    "TRITON_LIBCUDA_PATH",
    "TRITON_PTXAS_PATH",
    "CC",
    "CPATH",
    "C_INCLUDE_PATH",
    "LIBRARY_PATH",
    "NCCL_NVLS_ENABLE",
    "NVSHMEM_DISABLE_NVLS",
    "TORCH_SYMM_MEM_DISABLE_MULTICAST",
)


def main(arguments):
    options = read_arguments(arguments)
    try:
        if sys.version_info < (3, 9):
            raise Refused("prerequisite-missing", "the harness needs Python 3.9 or newer: %s" % sys.version.split()[0])
        manifest = read_manifest(options.bundle)
        commits = chosen(manifest["commits"], options.commits)
        if options.list:
            say("\n".join(title(commit) for commit in commits))
            return 0
    except Refused as refused:
        print("error: %s" % refused, file=sys.stderr)
        return 3
    refusals = 0
    for number, commit in enumerate(commits, 1):
        say("%s (%d of %d)" % (title(commit), number, len(commits)))
        try:
            code = measure(options, commit)
        except Refused as refused:
            print("error: %s: %s" % (title(commit), refused), file=sys.stderr, flush=True)
            code = 3
        if code not in (0, 3):
            return code if code > 0 else 128 - code
        refusals += code == 3
    say("measured %d of %d commits: %s" % (len(commits) - refusals, len(commits), options.output))
    return 3 if refusals else 0


def read_arguments(arguments):
    bundle = os.path.dirname(HARNESS)
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("commits", metavar="COMMIT", nargs="*", help="instance ids to measure; default: all")
    parser.add_argument("--output", default=os.path.join(bundle, "results"), help="default: results/ in the bundle")
    parser.add_argument("--work", default=os.path.join(bundle, "work"), help="for the environments; default: work/ in the bundle")
    parser.add_argument("--python", default=sys.executable, help="make the environments from this Python")
    parser.add_argument("--unsandboxed", action="store_true", help="run the tests with your rights; stamped into the runs")
    parser.add_argument("--list", action="store_true", help="print the instance ids, one a line, and measure nothing")
    options = parser.parse_args(arguments)
    options.bundle = bundle
    options.output, options.work = os.path.abspath(options.output), os.path.abspath(options.work)
    return options


def read_manifest(bundle):
    """`bundle.json`, after a check that every file of the bundle is what it says."""
    manifest = read_json(os.path.join(bundle, "bundle.json"))
    for path, digest in sorted(manifest["files"].items()):
        file = os.path.join(bundle, *path.split("/"))
        if not os.path.isfile(file):
            raise Refused("corrupt-artifact", "file is missing from the bundle: %s" % path)
        if digest_of(file) != digest:
            raise Refused("corrupt-artifact", "file of the bundle is damaged: %s" % path)
    return manifest


def chosen(commits, names):
    unknown = sorted(set(names) - {name for commit in commits for name in (commit["instance_id"], title(commit))})
    if unknown:
        raise Refused("bad-input", "no such commit in the bundle: %s" % ", ".join(unknown))
    return [commit for commit in commits if not names or {commit["instance_id"], title(commit)} & set(names)]


def title(commit):
    """The name of the folders of a commit, or of an A/A control of it."""
    return ".".join([commit["instance_id"]] + ([commit["control"]] if commit["control"] else []))


def is_lost(folder):
    """Whether a commit cannot be measured, so that its controls say nothing."""
    runs = os.path.join(folder, "runs.jsonl")
    return not os.path.exists(runs) or rule.stop(read_json(os.path.join(folder, "plan.json")), read_runs(runs)) == "failure"


def measure(options, commit):
    """Prepares one commit and runs the harness on it. Returns its exit code."""
    if commit["control"] and is_lost(os.path.join(options.output, commit["instance_id"])):
        say("left out: the commit itself could not be measured")
        return 0
    source = os.path.join(options.bundle, "commits", title(commit))
    folder = os.path.join(options.output, title(commit))
    os.makedirs(folder, exist_ok=True)
    plan = read_json(os.path.join(source, "plan.json"))
    for name in ("plan.json", plan["script"]):
        shutil.copyfile(os.path.join(source, name), os.path.join(folder, name))
    if plan["sandbox"] != "none" and not options.unsandboxed and shutil.which("bwrap") is None:
        raise Refused("prerequisite-missing", "no such program: bwrap; --unsandboxed runs the test with your rights")
    host = host_folders() if commit["dependencies"] == "host" else None
    python = find_python(options.python, commit)
    again = commit["control"] == "second-base"
    sides = {
        "base": install(options, python, commit["base"], host),
        "head": install(options, python, commit["head"], host, second=again),
    }
    facts = {side: inspect(sides[side], commit, side, options) for side in sides}
    absent = sorted({name for side in facts.values() for name in side["missing"]})
    if absent:
        say("note: required, but not on this machine: %s" % ", ".join(absent))
    installed = json.dumps(dict(facts, schema_version=1, dependencies=commit["dependencies"]), sort_keys=True, indent=2) + "\n"
    write_durably(os.path.join(folder, "installed.json"), installed)
    variables = {name: os.environ[name] for name in HOST_VARIABLES if name in os.environ and host is not None}
    interpreters = dict(
        sides,
        read_only=host + readable(python) + lent_folders(variables) if host is not None else [],
        variables=variables,
        unsandboxed=options.unsandboxed,
        installed_sha256=hashlib.sha256(installed.encode()).hexdigest(),
    )
    write_durably(os.path.join(folder, "interpreters.json"), json.dumps(interpreters, sort_keys=True, indent=2) + "\n")
    command = [sys.executable, "-B", os.path.join(HARNESS, "run.py"), folder, folder]
    return subprocess.run(command, stdin=subprocess.DEVNULL).returncode


def host_folders():
    """Folders with further packages of this machine, as PYTHONPATH names them."""
    return [os.path.abspath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def find_python(wanted, commit):
    """The Python to make environments from. Wheels of a lock are of one minor version; with those of the host any will do."""
    if commit["dependencies"] == "host":
        return wanted
    for program in unique([wanted, shutil.which("python%s" % commit["python"])]):
        if program is not None and ask(program, "import sys; print('%d.%d' % sys.version_info[:2])") == commit["python"]:
            return program
    raise Refused("prerequisite-missing", "the wheels need Python %s, this is %s" % (commit["python"], sys.version.split()[0]))


def ask(program, question):
    answer = subprocess.run([program, "-I", "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return answer.stdout.decode().strip()


def install(options, python, side, host, second=False):
    """The interpreter of a side. Its folder is as long as that of the other side: paths cost time. `second`: another
    installation of the same."""
    wheels = [dict(wheel, path=os.path.join(options.bundle, *wheel["path"].split("/"))) for wheel in side["wheels"]]
    key = hashlib.sha256(json.dumps([python, host, wheels, second], sort_keys=True).encode()).hexdigest()[:24]
    folder = os.path.join(options.work, key)
    request = json.dumps({"folder": folder, "wheels": wheels, "host": host}).encode()
    run_tool(python, [os.path.join(HARNESS, "install.py")], "cannot make the environment", options, request)
    return os.path.join(folder, "bin", "python")


def inspect(python, commit, side, options):
    """What the environment of a side holds, after the checks that it is the wheel of the commit."""
    wheel = commit[side]["wheels"][0]
    path = os.path.join(options.bundle, *wheel["path"].split("/"))
    environment = os.path.dirname(os.path.dirname(python))
    arguments = [os.path.join(HARNESS, "installed.py"), commit["distribution"], commit["import"], path, environment]
    printed = run_tool(python, arguments, "cannot inspect the environment", options)
    facts = json.loads(printed.splitlines()[-1])  # a package of the host may print when the interpreter starts
    faults = [
        (facts["version"] != commit[side]["version"], "version %s, wanted %s" % (facts["version"], commit[side]["version"])),
        (wheel["sha256"] not in (facts["direct_url"] or ""), "installed from %s" % facts["direct_url"]),
        (facts["module_file"] not in facts["recorded_files"], "import package outside its wheel: %s" % facts["module_file"]),
        (facts["differing_files"] != [], "differing files: %s" % ", ".join(facts["differing_files"][:5])),
        (not commit["control"] and commit["base"]["wheels"][0] == commit["head"]["wheels"][0], "base and head are one wheel"),
    ]
    for is_fault, message in faults:
        if is_fault:
            raise Refused("corrupt-artifact", "%s is not the commit: %s" % (side, message))
    return dict(facts, wheel_sha256=wheel["sha256"])


def run_tool(python, arguments, purpose, options, request=b""):
    """Runs a file of the harness isolated: neither the current folder nor variables can shadow what is installed."""
    os.makedirs(options.work, exist_ok=True)
    variables = environment_of(python, options.work, options.work, None)
    ended = subprocess.run(
        [python, "-I", "-B"] + arguments, env=variables, cwd=options.work, input=request, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    if ended.returncode != 0:
        lines = ended.stderr.decode("utf-8", "replace").strip().splitlines() or ["exit code %d" % ended.returncode]
        raise Refused("prerequisite-missing", "%s: %s" % (purpose, lines[-1]))
    return ended.stdout.decode()


def readable(python):
    """What a sandboxed test must be able to read of the interpreter that lends its packages."""
    found = ask(python, "import os, sys; print(os.path.join(sys.prefix, 'bin', 'python'))")
    return folders_of(found)


def lent_folders(variables):
    """What a sandboxed test must be able to read of the tools that the machine lends: where its compilers are installed,
    and the folders that its variables name. Never one that holds the caller's home."""
    named = [variables.get("CC"), variables.get("TRITON_PTXAS_PATH"), "cc", "gcc", "clang"]
    programs = [shutil.which(name, path=variables.get("PATH")) for name in named if name]
    places = [place for program in programs if program for place in (os.path.abspath(program), os.path.realpath(program))]
    folders = [os.path.dirname(os.path.dirname(place)) for place in places if os.path.dirname(place).endswith("/bin")]
    for name in ("CUDA_HOME", "CUDA_PATH", "LD_LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH"):
        folders += variables.get(name, "").split(os.pathsep)
    home = os.path.expanduser("~")
    return [path for path in unique(folders) if is_lent(path, home)]


def is_lent(path, home):
    holds_home = (home + "/").startswith(path.rstrip("/") + "/")
    return os.path.isabs(path) and os.path.isdir(path) and not is_in_usr(path) and not holds_home
