"""A container as the sandbox of one child, where `sandbox: docker:<image>` says so; and what a sandbox needs to be there."""

import os
import shutil
import subprocess

from device import Refused
from limits import MOST_PROCESSES
from sandbox import SCRATCH_BYTES

PATIENCE_SECONDS = 60


def find_program(kind):
    """The program that makes a sandbox of this kind; None for `none`. There is no second best: a missing one is an error."""
    if kind == "none":
        return None
    name = "bwrap" if kind == "bubblewrap" else kind
    program = shutil.which(name)
    if program is None:
        raise Refused("prerequisite-missing", "no such program: %s" % name)
    if kind == "docker":
        asked = ask(program, "version", "--format", "{{.Server.Version}}")
        if asked.returncode != 0:
            said = (asked.stderr.decode("utf-8", "replace").strip().splitlines() or ["no answer"])[-1]
            raise Refused("prerequisite-missing", "docker has no daemon: %s" % said)
    return program


def docker(program, image, command, variables, read_only, cache, name, memory_bytes, device_uuid):
    """`command` in a container that sees what a test in bubblewrap sees, at the same paths. Nothing is pulled."""
    user, group = os.getuid(), os.getgid()
    if user == 0:
        user = group = 65534
        os.chown(cache, user, group)
    arguments = [program, "run", "--rm", "--interactive", "--init", "--pull", "never", "--name", name]
    arguments += ["--network", "none", "--hostname", "sandbox", "--read-only", "--cap-drop", "ALL"]
    arguments += ["--security-opt", "no-new-privileges", "--user", "%d:%d" % (user, group)]
    arguments += ["--pids-limit", str(MOST_PROCESSES), "--shm-size", str(SCRATCH_BYTES), "--log-driver", "none"]
    arguments += ["--tmpfs", "/tmp:rw,exec,nosuid,nodev,size=%d" % SCRATCH_BYTES, "--workdir", "/tmp"]
    if memory_bytes is not None:
        arguments += ["--memory", str(memory_bytes), "--memory-swap", str(memory_bytes)]
    if device_uuid is not None:
        arguments += ["--gpus", "device=%s" % device_uuid]
    for path in read_only:
        arguments += ["--mount", "type=bind,source=%s,target=%s,readonly" % (path, path)]
    arguments += ["--mount", "type=bind,source=%s,target=/cache" % cache]
    for variable, value in sorted(variables.items()):
        arguments += ["--env", "%s=%s" % (variable, value)]
    return arguments + ["--entrypoint", command[0], image] + command[1:]


def remove_container(program, name):
    """A container outlives the program that started it, so it is removed by its name, whatever became of that program."""
    ask(program, "rm", "--force", name)


def ask(program, *arguments):
    try:
        return subprocess.run(
            [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("prerequisite-missing", "docker does not answer in %d s" % PATIENCE_SECONDS) from error
