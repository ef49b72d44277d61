"""Evidence of a restless host: harness/host.py."""

import subprocess
import sys
import unittest

from host import CpuWatch, spin


class Clock:
    """Each slice takes 1 ms, those named 20 ms; a spin reads the clock at its start and three times a slice."""

    def __init__(self, slow=()):
        self.reading, self.seconds, self.slow = 0, 0.0, slow

    def __call__(self):
        slices, rest = divmod(self.reading, 3)
        self.reading += 1
        if rest == 0 and slices > 0:
            self.seconds += 0.02 if slices in self.slow else 0.001
        return self.seconds


class HostTest(unittest.TestCase):
    def test_a_spin_gives_the_time_of_a_slice(self):
        spun = spin()
        self.assertGreater(spun["seconds"], 0)
        self.assertTrue(0 <= spun["lost"] < 1)

    def test_what_interrupts_a_spin_is_lost(self):
        self.assertAlmostEqual(spin(Clock())["lost"], 0)
        self.assertAlmostEqual(spin(Clock(slow={5, 50}))["lost"], 0.038 / 0.2, places=2)

    @unittest.skipUnless(sys.platform == "linux", "/proc/stat")
    def test_our_own_work_is_not_that_of_others(self):
        watch = CpuWatch()
        subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
        seen = watch.stop()
        self.assertTrue(0 <= seen["steal"] <= 1, seen)
        self.assertTrue(0 <= seen["others"] <= 1.1, seen)
        watch.own -= 1e6  # as if all of it had been ours
        self.assertEqual(watch.stop()["others"], 0)


if __name__ == "__main__":
    unittest.main()
