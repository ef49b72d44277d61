"""The machine and its accelerators: found and described, never changed."""

import hashlib
import os
import platform
import sys

import nvml


class Refused(Exception):
    """This machine cannot measure the bundle. `kind` is an error code of `src/errors.ts`."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


HOST = {"key": "host", "minor": None, "uuid": None, "libraries": None, "accelerator": None, "gpu": None}
"""The device of a bundle that needs no accelerator: the machine itself."""


def devices_for(accelerator):
    """The devices of this host that fit `none`, `nvidia` or `nvidia:<name>`; `none` is the host itself."""
    if accelerator == "none":
        return [HOST]
    wanted = accelerator.partition(":")[2]
    found = [device for device in nvidia_devices() if wanted in plain(device["accelerator"]["name"])]
    if not found:
        named = os.environ.get("CUDA_VISIBLE_DEVICES")
        among = "on this machine" if named is None else "among CUDA_VISIBLE_DEVICES=%s" % named
        raise Refused("prerequisite-missing", "no such accelerator %s: %s" % (among, accelerator))
    return found


def nvidia_devices():
    driver = nvml.open_driver()
    gpus = visible(driver.devices()) if driver is not None else []
    return [nvidia_device(driver, gpu) for gpu in gpus if gpu.identity()["uuid"]]


def visible(gpus):
    """Those that CUDA_VISIBLE_DEVICES names, as CUDA reads it: by number or by the beginning of the UUID, up to the first
    that is none. Slurm says by it which are ours; without it all are."""
    named, chosen = os.environ.get("CUDA_VISIBLE_DEVICES"), []
    if named is None:
        return gpus
    uuids = [gpu.identity()["uuid"] or "" for gpu in gpus]
    for name in named.split(","):
        fitting = [gpus[i] for i, uuid in enumerate(uuids) if name == str(i) or name.startswith("GPU-") and uuid.startswith(name)]
        if len(fitting) != 1:
            break
        chosen += fitting
    return chosen


def nvidia_device(driver, gpu):
    identity = gpu.identity()
    digest = hashlib.sha256(identity["uuid"].encode()).hexdigest()
    accelerator = dict(gpu.settings(), name=identity["name"], driver=driver.version(), uuid_sha256=digest)
    return {
        "key": identity["uuid"],
        "minor": identity["minor"],
        "uuid": identity["uuid"],
        "libraries": nvml.library_folder(),
        "accelerator": accelerator,
        "gpu": gpu,
    }


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
