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
        raise Refused("prerequisite-missing", "no such accelerator on this machine: %s" % accelerator)
    return found


def nvidia_devices():
    driver = nvml.open_driver()
    gpus = driver.devices() if driver is not None else []
    return [nvidia_device(driver, gpu) for gpu in gpus if gpu.identity()["uuid"]]


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
