"""The command line of a container, and what happens without a daemon."""

import os
import stat
import tempfile
import unittest

from container import docker, find_program
from device import Refused


class Container(unittest.TestCase):
    def command(self, **changes):
        with tempfile.TemporaryDirectory() as cache:
            given = dict(
                program="docker",
                image="python@sha256:0123",
                command=["/envs/a/bin/python", "-s", "/bundle/measure.py"],
                variables={"HOME": "/tmp", "PATH": "/envs/a/bin:/usr/bin"},
                read_only=["/envs/a", "/bundle"],
                cache=cache,
                name="isobench-1-base",
                memory_bytes=None,
                device_uuid=None,
            )
            return docker(**dict(given, **changes)), cache

    def test_the_test_is_held_as_in_bubblewrap(self):
        arguments, cache = self.command()
        text = " ".join(arguments)
        for part in (
            "--network none",
            "--read-only",
            "--cap-drop ALL",
            "--security-opt no-new-privileges",
            "--pull never",
            "--pids-limit 4096",
            "--mount type=bind,source=/envs/a,target=/envs/a,readonly",
            "--mount type=bind,source=%s,target=/cache" % cache,
            "--env HOME=/tmp",
        ):
            self.assertIn(part, text)
        self.assertTrue(text.endswith("--entrypoint /envs/a/bin/python python@sha256:0123 -s /bundle/measure.py"))
        self.assertNotIn("--gpus", text)
        self.assertNotIn("--memory ", text)
        self.assertNotIn("--user 0:", text)
        self.assertNotIn("--privileged", text)

    def test_memory_and_device_where_they_are_wanted(self):
        text = " ".join(self.command(memory_bytes=1000, device_uuid="GPU-1-2")[0])
        self.assertIn("--memory 1000 --memory-swap 1000 --gpus device=GPU-1-2", text)

    def test_without_a_daemon_it_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "docker")
            with open(program, "w") as file:
                file.write("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
            os.chmod(program, stat.S_IRWXU)
            before, os.environ["PATH"] = os.environ["PATH"], folder + ":" + os.environ["PATH"]
            try:
                with self.assertRaises(Refused) as refused:
                    find_program("docker")
            finally:
                os.environ["PATH"] = before
        self.assertEqual(str(refused.exception), "docker has no daemon: Cannot connect to the Docker daemon")

    def test_a_missing_program_is_refused_and_none_needs_none(self):
        self.assertIsNone(find_program("none"))
        before, os.environ["PATH"] = os.environ["PATH"], "/nowhere"
        try:
            with self.assertRaises(Refused) as refused:
                find_program("bubblewrap")
        finally:
            os.environ["PATH"] = before
        self.assertEqual(str(refused.exception), "no such program: bwrap")


if __name__ == "__main__":
    unittest.main()
