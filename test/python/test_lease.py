"""One measurement at a time on a device: harness/lease.py."""

import os
import subprocess
import sys
import unittest
import uuid

import lease
from device import Refused
from lease import Lease, lock_shared_file

HOLDER = """
import sys
from lease import lock_shared_file
assert lock_shared_file(sys.argv[1]) is not None
print("held", flush=True)
input()
"""


class Gpu:
    def __init__(self, pids=(), used=0):
        self.pids, self.used = list(pids), used

    def processes(self):
        return self.pids

    def used_bytes(self):
        return self.used


class LeaseTest(unittest.TestCase):
    def setUp(self):
        self.said = []
        self.addCleanup(setattr, lease, "PATIENCE_SECONDS", lease.PATIENCE_SECONDS)
        lease.PATIENCE_SECONDS = 0

    def device(self, **gpu):
        key = "test-%s" % uuid.uuid4()
        self.addCleanup(lambda: os.path.exists(path_of(key)) and os.unlink(path_of(key)))
        self.addCleanup(lambda: os.path.isdir(folder_of(key)) and os.rmdir(folder_of(key)))
        return {"key": key, "gpu": Gpu(**gpu), "accelerator": {"name": "NVIDIA " + key[-4:]}}

    def take(self, *devices, wait=lambda seconds: None):
        taken = Lease(list(devices), wait, self.said.append)
        self.addCleanup(os.close, taken.file)
        return taken

    def hold(self, device):
        """Holds the lock of a device in another process, as another measurement does; gives that process."""
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
        process = subprocess.Popen([sys.executable, "-B", "-c", HOLDER, path_of(device["key"])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"held\n")
        return process

    def test_the_first_free_device_is_taken(self):
        first, second, third = self.device(), self.device(), self.device()
        self.hold(first)
        second["gpu"].pids = [1]
        self.assertIs(self.take(first, second, third).device, third)
        self.assertEqual(self.said, [])

    def test_a_device_that_is_measured_on_is_waited_for_with_one_line(self):
        device = self.device()
        holder, waits = self.hold(device), []

        def wait(_seconds):
            waits.append(1)
            if len(waits) == 3:
                holder.kill()  # not asked, not told: the kernel frees the lock
                holder.wait()

        self.assertIs(self.take(device, wait=wait).device, device)
        self.assertEqual(self.said, ["waiting for the device: another measurement is running"])

    def test_a_device_that_others_compute_on_is_refused(self):
        for gpu, why in [({"pids": [7, 3]}, "process 3, 7"), ({"used": 5 << 30}, "5.0 GiB in use")]:
            device = self.device(**gpu)
            with self.assertRaises(Refused) as caught:
                self.take(device)
            self.assertEqual(caught.exception.kind, "device-busy")
            text = "another program computes on the device: %s on %s"
            self.assertEqual(str(caught.exception), text % (why, device["accelerator"]["name"]))
        self.assertIsNotNone(self.take(self.device(used=1 << 30)))

    def test_what_a_killed_process_still_holds_is_waited_for(self):
        lease.PATIENCE_SECONDS = 60
        device = self.device(pids=[4])
        self.assertIs(self.take(device, wait=lambda _seconds: device["gpu"].pids.clear()).device, device)
        self.assertEqual(self.said, [])

    def test_the_lock_is_one_file_that_every_user_can_open(self):
        device = self.device()
        os.close(lock_shared_file(path_of(device["key"])))
        self.assertEqual(os.stat(path_of(device["key"])).st_mode & 0o777, 0o644)
        taken = self.take(device)
        self.assertIsNone(lock_shared_file(path_of(device["key"])))
        self.assertEqual(taken.folder, folder_of(device["key"]))

    def test_a_link_in_its_place_is_refused(self):
        device = self.device()
        os.symlink("/etc/passwd", path_of(device["key"]))
        with self.assertRaises(Refused):
            lock_shared_file(path_of(device["key"]))


def path_of(key):
    return "/tmp/isobench-%s.lock" % key


def folder_of(key):
    return "/tmp/isobench-%d/device-%s" % (os.getuid(), key)


if __name__ == "__main__":
    unittest.main()
