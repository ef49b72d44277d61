"""What drops a process on a GPU, and what does not: harness/telemetry.py."""

import os
import subprocess
import sys
import unittest

from telemetry import DeviceWatch, NoDevice


class Gpu:
    """A device whose state the test sets."""

    def __init__(self):
        self.clock, self.why, self.counted, self.pids, self.used = 1980, set(), {"software-thermal": 5.0, "power-cap": 9.0}, [], 0

    def state(self):
        return {"sm_clock_mhz": self.clock, "temperature_celsius": 40, "power_watts": 70.5}

    def sm_clock(self):
        return self.clock

    def reasons(self):
        return self.why

    def throttled_seconds(self):
        return dict(self.counted)

    def processes(self):
        return self.pids

    def used_bytes(self):
        return self.used


class TelemetryTest(unittest.TestCase):
    def watch(self, *steps, device=None):
        """Runs one process whose samples are taken after each of the steps."""
        device = device or DeviceWatch(Gpu())
        process = device.start()
        for step in steps:
            step(device.gpu)
            process.sample()
        return process.stop()

    def test_a_quiet_process_counts(self):
        seen = self.watch(lambda g: None)
        self.assertNotIn("excluded", seen)
        self.assertEqual(seen["telemetry"]["throttled_seconds"], {"power-cap": 0.0, "software-thermal": 0.0})
        self.assertEqual(seen["telemetry"]["busy_sm_clock_mhz"], 1980)
        self.assertEqual(seen["telemetry"]["before"], {"sm_clock_mhz": 1980, "temperature_celsius": 40, "power_watts": 70.5})

    def test_a_machine_that_says_nothing_excludes_nothing(self):
        def silent(gpu):
            gpu.clock, gpu.why, gpu.counted, gpu.used = None, None, {}, None

        device = DeviceWatch(Gpu())
        silent(device.gpu)
        seen = self.watch(silent, device=device)
        self.assertNotIn("excluded", seen)
        self.assertEqual((seen["telemetry"]["busy_sm_clock_mhz"], seen["telemetry"]["throttled_seconds"]), (None, {}))

    def test_a_counter_that_grew_excludes_without_a_sample(self):
        device = DeviceWatch(Gpu())
        process = device.start()
        device.gpu.counted["software-thermal"] += 0.25
        seen = process.stop()
        self.assertEqual((seen["excluded"], seen["telemetry"]["throttled_seconds"]["software-thermal"]), ("throttled", 0.25))

    def test_a_reason_that_was_seen_excludes(self):
        for reason in ["hardware", "hardware-thermal", "power-brake", "sync-boost", "board-limit"]:
            self.assertEqual(self.watch(lambda g: setattr(g, "why", {reason}))["excluded"], "throttled")

    def test_idleness_settings_and_the_power_cap_do_not(self):
        for reason in ["idle", "application-clocks", "display-clocks", "power-cap"]:
            self.assertNotIn("excluded", self.watch(lambda g: setattr(g, "why", {reason})))
        device = DeviceWatch(Gpu())
        process = device.start()
        device.gpu.counted["power-cap"] += 3
        self.assertNotIn("excluded", process.stop())

    def test_a_clock_that_sinks_without_a_reason_excludes(self):
        fast, slow = (lambda g: setattr(g, "clock", 1980)), (lambda g: setattr(g, "clock", 1200))
        self.assertEqual(self.watch(fast, slow, slow, slow)["excluded"], "clock-drop")
        self.assertNotIn("excluded", self.watch(slow, fast, fast, fast))  # the ramp at the start of every process
        self.assertNotIn("excluded", self.watch(slow, slow, slow, slow))  # its owner has set it so
        device = DeviceWatch(Gpu())
        self.watch(fast, fast, device=device)
        self.assertEqual(self.watch(slow, slow, slow, device=device)["excluded"], "clock-drop")

    def test_a_clock_under_the_power_cap_is_no_drop(self):
        def capped(gpu):
            gpu.clock, gpu.why = 1200, {"power-cap"}

        self.assertNotIn("excluded", self.watch(lambda g: None, capped, capped, capped))

    def test_foreign_processes_exclude_and_ours_do_not(self):
        foreign = lambda g: setattr(g, "pids", [1])
        gone = lambda g: setattr(g, "pids", [])
        self.assertEqual(self.watch(foreign, gone)["excluded"], "foreign-process")
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        try:
            self.assertNotIn("excluded", self.watch(lambda g: setattr(g, "pids", [os.getpid(), child.pid])))
        finally:
            child.communicate(b"\n")
        self.assertNotIn("excluded", self.watch(lambda g: setattr(g, "pids", [child.pid])))  # ended, not yet forgotten

    def test_one_that_was_there_before_or_is_after_excludes(self):
        device = DeviceWatch(Gpu())
        device.gpu.pids = [1]
        process = device.start()
        device.gpu.pids = []
        self.assertEqual(process.stop()["excluded"], "foreign-process")
        process = device.start()
        device.gpu.used += 3 << 30  # outside our container: its memory is all that can be seen
        self.assertEqual(process.stop()["excluded"], "foreign-process")

    def test_without_a_device_there_is_nothing(self):
        watch = NoDevice().start()
        self.assertEqual((watch.sample, watch.stop()), (None, {}))


if __name__ == "__main__":
    unittest.main()
