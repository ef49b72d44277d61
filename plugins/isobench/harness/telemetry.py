"""What a GPU says of itself while one process runs on it, and whether that drops the process.

Never by its time: a process is excluded when another program computed on the device, when the device held its clocks
down to protect itself, or when the clock sank without a reason given. The power cap is no such reason: it comes from
the work that is measured, on both sides, and a heavy kernel runs into it in every process.
"""

import os

HARMLESS = {"idle", "application-clocks", "display-clocks", "power-cap"}
"""Reasons for a lower clock that are a setting of the owner, or part of the work."""
DROPPED_BELOW = 0.75
"""Of the highest clock that this session saw under load; nvbench discards a sample below the same share."""
FEWEST_SAMPLES = 3
FOREIGN_BYTES = 2 << 30
"""So much more memory in use, while none of our processes lives, is somebody else's whom we cannot see."""


class NoDevice:
    """Stands in where no accelerator is used."""

    sample = None

    def start(self):
        return self

    def stop(self):
        return {}


class DeviceWatch:
    """A GPU for the length of a session."""

    def __init__(self, gpu):
        self.gpu, self.fastest_mhz, self.idle_bytes = gpu, 0, gpu.used_bytes()

    def start(self):
        """Watches one process: call this before it starts, `sample` now and then while it runs, `stop` after its end."""
        return ProcessWatch(self)

    def taken(self):
        """Whether another program computes on the device."""
        used = self.gpu.used_bytes()
        grown = used is not None and self.idle_bytes is not None and used - self.idle_bytes > FOREIGN_BYTES
        return grown or self.has_foreign_process()

    def has_foreign_process(self):
        return any(is_alive(pid) and not descends_from_us(pid) for pid in self.gpu.processes())


class ProcessWatch:
    def __init__(self, device):
        self.device, self.gpu = device, device.gpu
        self.before, self.counted = self.gpu.state(), self.gpu.throttled_seconds()
        self.taken, self.reasons, self.clocks, self.free_clocks = device.taken(), set(), [], []

    def sample(self):
        clock, reasons = self.gpu.sm_clock(), self.gpu.reasons()
        self.taken = self.taken or self.device.has_foreign_process()
        if clock is None or reasons is None or "idle" in reasons:
            return
        self.reasons |= reasons
        self.clocks.append(clock)
        if not reasons:
            self.free_clocks.append(clock)
        self.device.fastest_mhz = max(self.device.fastest_mhz, clock)

    def stop(self):
        """The fields `telemetry` and, where the process does not count, `excluded` of a run (`schema/run-bundle.ts`)."""
        counted = self.gpu.throttled_seconds()
        throttled = {name: counted[name] - self.counted[name] for name in sorted(counted) if name in self.counted}
        telemetry = {
            "before": self.before,
            "after": self.gpu.state(),
            "busy_sm_clock_mhz": median(self.clocks) if self.clocks else None,
            "reasons": sorted(self.reasons),
            "throttled_seconds": throttled,
        }
        excluded = self._excluded({name for name, seconds in throttled.items() if seconds > 0} | self.reasons)
        return {"telemetry": telemetry} if excluded is None else {"telemetry": telemetry, "excluded": excluded}

    def _excluded(self, reasons):
        if self.taken or self.device.taken():
            return "foreign-process"
        if reasons - HARMLESS:
            return "throttled"
        sank = len(self.free_clocks) >= FEWEST_SAMPLES
        return "clock-drop" if sank and median(self.free_clocks) < DROPPED_BELOW * self.device.fastest_mhz else None


def is_alive(pid):
    return os.path.exists("/proc/%d" % pid)


def descends_from_us(pid):
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = parent_of(pid)
    return False


def parent_of(pid):
    """0 when the process has just ended."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def median(values):
    return sorted(values)[len(values) // 2]
