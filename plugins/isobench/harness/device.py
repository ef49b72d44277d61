"""The machine and its accelerator: read, leased, never changed."""

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import tempfile


class Refused(Exception):
    """This machine cannot measure the bundle. `kind` is an error code of `src/errors.ts`."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Lease:
    """One device that nobody else measures on while we hold it: an flock in a folder of this user on this host.

    The kernel lets go of it when this process ends, however it ends. The folder is scratch space for the holder.
    """

    def __init__(self, devices, wait, say):
        root = lease_root()
        waiting = False
        while True:
            for device in devices:
                folder = os.path.join(root, device["key"])
                os.makedirs(folder, mode=0o700, exist_ok=True)
                self.file = lock_file(os.path.join(folder, "lock"))
                if self.file is not None:
                    self.folder, self.device = folder, device
                    return
            if not waiting:
                say("waiting for the device: another measurement is running")
            waiting = True
            wait(0.2)


def lease_root():
    """`isobench-<uid>` in the temp folder: /tmp even where TMPDIR says otherwise, so that all of a user's tasks meet."""
    temporary = "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()
    root = os.path.join(temporary, "isobench-%d" % os.getuid())
    os.makedirs(root, mode=0o700, exist_ok=True)
    status = os.lstat(root)
    if status.st_uid != os.getuid() or os.path.islink(root):
        raise Refused("prerequisite-missing", "folder belongs to somebody else: %s" % root)
    return root


def lock_file(path):
    """An open file that holds the lock, or None when somebody else holds it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file
    except BlockingIOError:
        os.close(file)
        return None


def devices_for(accelerator):
    """The devices of this host that fit `none`, `nvidia` or `nvidia:<name>`; `none` is the host itself."""
    if accelerator == "none":
        return [{"key": "host", "index": None, "uuid": None, "accelerator": None}]
    wanted = accelerator.partition(":")[2]
    found = [device for device in nvidia_devices() if wanted in plain(device["accelerator"]["name"])]
    if not found:
        raise Refused("prerequisite-missing", "no such accelerator on this machine: %s" % accelerator)
    return found


def nvidia_devices():
    command = ["nvidia-smi", "--query-gpu=index,uuid,name,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return []
    if answer.returncode != 0:
        return []
    devices = []
    for line in answer.stdout.decode().splitlines():
        index, uuid, name, driver = [part.strip() for part in line.split(",")]
        digest = hashlib.sha256(uuid.encode()).hexdigest()
        accelerator = {"name": name, "driver": driver, "uuid_sha256": digest}
        devices.append({"key": digest[:12], "index": int(index), "uuid": uuid, "accelerator": accelerator})
    return devices


def plain(name):
    return name.lower().replace(" ", "-")


def fingerprint(device):
    """What two sessions must share for their runs to be pooled (`schema/measurement.ts`, Fingerprint)."""
    return {
        "system": "%s %s %s" % (platform.system(), platform.release(), platform.machine()),
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": memory_bytes(),
        "accelerator": device["accelerator"],
        "harness_python": "%d.%d.%d" % sys.version_info[:3],
    }


def cpu_model():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith(("model name", "Model")):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def memory_bytes():
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
