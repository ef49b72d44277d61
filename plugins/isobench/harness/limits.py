"""What the children of this harness may use together, as far as this machine lets us bound it.

Processes and threads: by a control group where we may make one, which as a rule only root may; by RLIMIT_NPROC where we
are an ordinary user, on whom the kernel enforces it. Where neither holds, the time limit ends what multiplies.
"""

import atexit
import glob
import os
import resource

MOST_PROCESSES = 4096  # threads count; an engine on a large host has many hundreds
MOST_FILE_BYTES = 4 << 30


def open_limits(most_processes=MOST_PROCESSES):
    """What each child has to call between fork and exec."""
    group = make_group(most_processes)
    processes = None if group is not None or os.getuid() == 0 else running() + most_processes

    def apply():
        if group is not None:
            with open(os.path.join(group, "cgroup.procs"), "w") as file:
                file.write("0")
        if processes is not None:
            lower(resource.RLIMIT_NPROC, processes)
        lower(resource.RLIMIT_FSIZE, MOST_FILE_BYTES)
        lower(resource.RLIMIT_CORE, 0)

    return apply


def lower(kind, value):
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def make_group(most_processes):
    """The folder of a control group for our children, removed when we end; None where there can be none."""
    for parent in own_groups():
        group = os.path.join(parent, "isobench-%d" % os.getpid())
        try:
            os.makedirs(group, exist_ok=True)
            with open(os.path.join(group, "pids.max"), "w") as file:
                file.write(str(most_processes))
        except OSError:
            remove(group)
            continue
        atexit.register(remove, group)
        return group
    return None


def own_groups():
    """Folders of the groups that we are in and that can count processes, for both layouts of control groups."""
    try:
        with open("/proc/self/cgroup") as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return []
    first = [("/sys/fs/cgroup/pids" + path) for _, names, path in lines if "pids" in names.split(",")]
    unified = ["/sys/fs/cgroup" + path for number, names, path in lines if number == "0" and names == ""]
    return [path.rstrip("/") for path in first + unified if os.access(path, os.W_OK)]


def remove(group):
    try:
        os.rmdir(group)
    except OSError:
        pass  # was never made, or something that we may not kill is still in it


def running():
    """How many processes and threads of our user there are."""
    user, count = os.getuid(), 0
    for task in glob.iglob("/proc/[0-9]*/task/*"):
        try:
            count += os.stat(task).st_uid == user
        except OSError:
            continue
    return count
