"""One measurement at a time on a device, whoever starts it: a lock of the kernel, gone when its holder is."""

import fcntl
import os
import tempfile
import time

from device import Refused

PATIENCE_SECONDS = 5
"""How long a device that others compute on is watched before we give up: what a killed process held goes within that."""
RESERVED_BYTES = 2 << 30
"""More memory than this in use on an idle device belongs to a process that we cannot see, e.g. outside a container."""


class Lease:
    """A device that nobody else measures on and nobody else computes on, with a scratch folder of its holder.

    The lock is `isobench-<key>.lock` in /tmp, for all users; the key of a GPU is its UUID. flock(2) needs no right to
    write. A device that another measurement holds is waited for, with one line; one that other programs compute on is
    passed over, and when no device is left but those, we refuse.
    """

    def __init__(self, devices, wait, say):
        waiting, deadline = False, time.monotonic() + PATIENCE_SECONDS
        while True:
            occupied = []
            for device in devices:
                file = lock_shared_file(os.path.join(temporary_folder(), "isobench-%s.lock" % device["key"]))
                if file is None:
                    continue
                why = occupant(device["gpu"])
                if why is None:
                    self.file, self.device, self.folder = file, device, scratch_folder(device["key"])
                    return
                occupied.append("%s on %s" % (why, device["accelerator"]["name"]))
                os.close(file)
            if len(occupied) == len(devices) and time.monotonic() > deadline:
                raise Refused("device-busy", "another program computes on the device: %s" % ", ".join(occupied))
            if not waiting and len(occupied) < len(devices):
                say("waiting for the device: another measurement is running")
                waiting = True
            wait(0.2)


def occupant(gpu):
    """Who computes on a device that none of our processes uses, in words, or None."""
    if gpu is None:
        return None
    pids, used = gpu.processes(), gpu.used_bytes()
    if pids:
        return "process %s" % ", ".join(str(pid) for pid in sorted(pids))
    return None if used is None or used < RESERVED_BYTES else "%.1f GiB in use" % (used / (1 << 30))


def temporary_folder():
    """/tmp even where TMPDIR says otherwise, so that all tasks of a machine meet."""
    return "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()


def scratch_folder(key):
    """`isobench-<uid>/device-<key>`: ours alone, as what is measured writes there."""
    root = os.path.join(temporary_folder(), "isobench-%d" % os.getuid())
    os.makedirs(root, mode=0o700, exist_ok=True)
    if os.lstat(root).st_uid != os.getuid() or os.path.islink(root):
        raise Refused("prerequisite-missing", "folder belongs to somebody else: %s" % root)
    folder = os.path.join(root, "device-" + key)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


def lock_shared_file(path):
    """Like `lock_file`, for a file of whichever user came first. The kernel lets nobody create it a second time in a
    folder like /tmp, so it is opened as it is, and created only where it is missing."""
    for _ in range(100):
        try:
            return locked(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise Refused("prerequisite-missing", "cannot open the lock of the device: %s" % error)
        try:
            created = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            continue
        os.fchmod(created, 0o644)
        return locked(created)
    raise Refused("prerequisite-missing", "cannot create the lock of the device: %s" % path)


def lock_file(path):
    """An open file that holds the lock, or None when somebody else holds it."""
    return locked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))


def locked(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file
    except BlockingIOError:
        os.close(file)
        return None
