"""How quiet this machine is: a spin between the blocks, and what the kernel counts while a process runs.

Evidence only: nothing here drops a run. What it takes for the flag `host-unstable` stands in `src/domain/host-noise.ts`.
"""

import os
import resource
import time

SPIN_SECONDS = 0.2
SLICE_STEPS = 4000
CPU_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def spin(now=time.perf_counter):
    """Runs a fixed slice of work over and over for 0.2 s: the seconds of a slice on average, and the share of the time
    that was lost beyond slices of median length (other programs, interrupts, a hypervisor)."""
    slices, started = [], now()
    while now() - started < SPIN_SECONDS or len(slices) < 3:
        begin, x = now(), 1
        for _ in range(SLICE_STEPS):
            x = (x * 1103515245 + 12345) & 0xFFFFFFFF
        slices.append(now() - begin)
    whole, typical = now() - started, sorted(slices)[len(slices) // 2]
    return {"seconds": whole / len(slices), "lost": max(0.0, 1 - len(slices) * typical / whole)}


class CpuWatch:
    """What the processors of this machine did between its creation and `stop`, apart from ourselves."""

    def __init__(self):
        self.counted, self.own, self.started = cpu_seconds(), own_seconds(), time.monotonic()

    def stop(self):
        """Shares of the processor time of the machine: `steal`, what a hypervisor gave to others, and `others`, what
        other programs used. `load`: processes that want to run, over the last minute."""
        counted, own, wall = cpu_seconds(), own_seconds(), time.monotonic() - self.started
        if counted is None or self.counted is None or wall <= 0:
            return {"steal": None, "others": None, "load": load()}
        delta = {name: counted[name] - self.counted[name] for name in CPU_FIELDS}
        busy = sum(delta[name] for name in ("user", "nice", "system", "irq", "softirq"))
        whole = wall * (os.cpu_count() or 1)
        shares = max(0.0, delta["steal"]) / whole, max(0.0, busy - (own - self.own)) / whole
        return {"steal": shares[0], "others": shares[1], "load": load()}


def cpu_seconds():
    """Seconds of all processors by what they did since the start of the machine, or None where /proc does not say."""
    try:
        with open("/proc/stat") as file:
            values = file.readline().split()[1:]
    except OSError:
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    return {name: int(value) / ticks for name, value in zip(CPU_FIELDS, values)}


def own_seconds():
    """Processor time of this process and of the children that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def load():
    try:
        return os.getloadavg()[0]
    except OSError:
        return None
