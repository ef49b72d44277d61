"""What an NVIDIA driver says of its devices, by ctypes: read only, a few calls a process, nothing to install.

One reading costs well under a millisecond; a query of `nvidia-smi` costs 30, and seconds where no driver is loaded.
What a device or driver does not support is None. `python3 nvml.py` prints what it reads here.
"""

import ctypes
import os

NAMES = ("libnvidia-ml.so.1", "/usr/local/nvidia/lib64/libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1")
INSUFFICIENT_SIZE = 7
SM_CLOCK, GPU_SENSOR = 1, 0
TEXT_BYTES = 96
REASONS = {
    "idle": 0x1,
    "application-clocks": 0x2,
    "power-cap": 0x4,
    "hardware": 0x8,
    "sync-boost": 0x10,
    "software-thermal": 0x20,
    "hardware-thermal": 0x40,
    "power-brake": 0x80,
    "display-clocks": 0x100,
    "board-limit": 0x200,
    "reliability": 0x400,
}
"""Bits of the reasons for which clocks are below their maximum just now."""
COUNTERS = {"power-cap": 74, "sync-boost": 76, "software-thermal": 269, "hardware-thermal": 270, "power-brake": 271}
"""Fields that count the nanoseconds for which a reason was active."""


class Field(ctypes.Structure):
    _fields_ = [
        ("field", ctypes.c_uint32),
        ("scope", ctypes.c_uint32),
        ("timestamp", ctypes.c_int64),
        ("latency", ctypes.c_int64),
        ("type", ctypes.c_uint),
        ("status", ctypes.c_uint),
        ("value", ctypes.c_ulonglong),
    ]


class ProcessInfo(ctypes.Structure):
    _fields_ = [
        ("pid", ctypes.c_uint),
        ("memory", ctypes.c_ulonglong),
        ("instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    ]


class Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


def open_driver():
    """The driver, or None on a machine without one."""
    for name in NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        return Driver(library) if library.nvmlInit_v2() == 0 else None
    return None


class Driver:
    """An initialized NVML. It stays open for as long as this process, which keeps the driver loaded between processes."""

    def __init__(self, library):
        self.library = library

    def version(self):
        return self.text("nvmlSystemGetDriverVersion")

    def devices(self):
        handles = [ctypes.c_void_p() for _ in range(self.number("nvmlDeviceGetCount_v2") or 0)]
        opened = [self.call("nvmlDeviceGetHandleByIndex_v2", i, ctypes.byref(x)) for i, x in enumerate(handles)]
        return [Device(self, handle) for handle, good in zip(handles, opened) if good]

    def call(self, name, *arguments):
        """Whether a call succeeded; an older driver has not every function."""
        function = getattr(self.library, name, None)
        return function is not None and function(*arguments) == 0

    def number(self, name, *arguments, kind=ctypes.c_uint):
        value = kind()
        return value.value if self.call(name, *arguments, ctypes.byref(value)) else None

    def text(self, name, *arguments):
        buffer = ctypes.create_string_buffer(TEXT_BYTES)
        return buffer.value.decode("utf-8", "replace") if self.call(name, *arguments, buffer, TEXT_BYTES) else None


class Device:
    """One GPU."""

    def __init__(self, driver, handle):
        self.driver, self.handle = driver, handle

    def number(self, name, *arguments, kind=ctypes.c_uint):
        return self.driver.number(name, self.handle, *arguments, kind=kind)

    def identity(self):
        return {
            "uuid": self.driver.text("nvmlDeviceGetUUID", self.handle),
            "name": self.driver.text("nvmlDeviceGetName", self.handle),
            "minor": self.number("nvmlDeviceGetMinorNumber"),
        }

    def settings(self):
        """What its owner has set. Nothing here ever changes any of it."""
        first, second = ctypes.c_uint(), ctypes.c_uint()
        modes = ctypes.byref(first), ctypes.byref(second)
        return {
            "vbios": self.driver.text("nvmlDeviceGetVbiosVersion", self.handle),
            "power_limit_watts": thousandth(self.number("nvmlDeviceGetEnforcedPowerLimit")),
            "maximum_sm_clock_mhz": self.number("nvmlDeviceGetMaxClockInfo", SM_CLOCK),
            "application_sm_clock_mhz": self.number("nvmlDeviceGetApplicationsClock", SM_CLOCK),
            "persistence": switch(self.number("nvmlDeviceGetPersistenceMode")),
            "ecc": bool(first.value) if self.driver.call("nvmlDeviceGetEccMode", self.handle, *modes) else None,
            "mig": bool(first.value) if self.driver.call("nvmlDeviceGetMigMode", self.handle, *modes) else None,
        }

    def state(self):
        return {
            "sm_clock_mhz": self.number("nvmlDeviceGetClockInfo", SM_CLOCK),
            "temperature_celsius": self.number("nvmlDeviceGetTemperature", GPU_SENSOR),
            "power_watts": thousandth(self.number("nvmlDeviceGetPowerUsage")),
        }

    def sm_clock(self):
        return self.number("nvmlDeviceGetClockInfo", SM_CLOCK)

    def reasons(self):
        """Names of the reasons that hold the clocks down just now, or None."""
        names = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")  # new, old
        read = (self.number(name, kind=ctypes.c_ulonglong) for name in names)
        bits = next((value for value in read if value is not None), None)
        return None if bits is None else {name for name, bit in REASONS.items() if bits & bit}

    def throttled_seconds(self):
        """For how long each reason has been active since the driver was loaded; only what the device counts."""
        fields = (Field * len(COUNTERS))(*[Field(field=number) for number in COUNTERS.values()])
        if not self.driver.call("nvmlDeviceGetFieldValues", self.handle, len(fields), fields):
            return {}
        return {name: field.value / 1e9 for name, field in zip(COUNTERS, fields) if field.status == 0}

    def processes(self):
        """Ids of the processes that compute on it, as far as this process may see them."""
        function = getattr(self.driver.library, "nvmlDeviceGetComputeRunningProcesses_v3", None)
        function = function or getattr(self.driver.library, "nvmlDeviceGetComputeRunningProcesses_v2", None)
        if function is None:
            return []
        room = 64
        while True:
            count, found = ctypes.c_uint(room), (ProcessInfo * room)()
            status = function(self.handle, ctypes.byref(count), found)
            if status != INSUFFICIENT_SIZE:
                return [found[i].pid for i in range(count.value)] if status == 0 else []
            room *= 2

    def used_bytes(self):
        memory = Memory()
        return memory.used if self.driver.call("nvmlDeviceGetMemoryInfo", self.handle, ctypes.byref(memory)) else None


def thousandth(value):
    return None if value is None else value / 1000


def switch(value):
    return None if value is None else bool(value)


def library_folder():
    """The folder of the driver's libraries where only LD_LIBRARY_PATH or we found it, else None."""
    with open("/proc/self/maps") as file:
        paths = [line.split(None, 5)[5].strip() for line in file if "/libnvidia-ml.so" in line]
    named = os.environ.get("LD_LIBRARY_PATH", "").split(":") + [os.path.dirname(name) for name in NAMES]
    found = [folder for folder in named if folder and os.path.exists(os.path.join(folder, "libnvidia-ml.so.1"))]
    real = [os.path.dirname(path) for path in paths]
    return next((folder for folder in found if os.path.realpath(folder) in real), None)


def main():
    import json

    driver = open_driver()
    for device in driver.devices() if driver else []:
        reading = dict(device.identity(), driver=driver.version(), settings=device.settings(), state=device.state())
        reading.update(reasons=sorted(device.reasons() or []), throttled_seconds=device.throttled_seconds())
        reading.update(processes=device.processes(), used_bytes=device.used_bytes(), libraries=library_folder())
        print(json.dumps(reading, indent=2))


if __name__ == "__main__":
    main()
