"""What children may use together, for root and for an ordinary user, by real processes."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

HARNESS = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../plugins/isobench/harness"))

# Forks as often as it can, up to 400 times, and says how often that was; its children stay. Then it leaves one behind
# in a session of its own.
CHILD = """
import os, sys, time
count = 0
try:
    for _ in range(400):
        if os.fork() == 0:
            time.sleep(600)
        count += 1
except OSError:
    pass
if count == 400 and os.fork() == 0:
    os.setsid()
    time.sleep(600)
print(count)
"""

PARENT = """
import os, sys, tempfile
sys.path.insert(0, sys.argv[1])
from limits import open_limits, make_group, running
from process import Processes, children
most = int(sys.argv[2])
if os.getuid() == 0 and make_group(most) is None:
    print("unlimited")
    sys.exit()
ended = Processes(most).run([sys.executable, "-c", sys.argv[3]], {}, "/", tempfile.TemporaryFile(), 60)
print(ended.stdout.decode().strip(), ended.exit_code, len(children()))
"""


def run_as(user, most, child=CHILD):
    """What the parent prints. @param user name, or None for who we are"""
    with tempfile.TemporaryDirectory() as folder:
        harness = os.path.join(folder, "harness")
        shutil.copytree(HARNESS, harness, ignore=shutil.ignore_patterns("__pycache__"))
        os.chmod(folder, 0o755)
        python, switch = sys.executable, []
        if user is not None:
            entry = pwd.getpwnam(user)
            python = "/usr/bin/python3"
            switch = ["setpriv", "--reuid=%d" % entry.pw_uid, "--regid=%d" % entry.pw_gid, "--clear-groups"]
        command = switch + [python, "-B", "-c", PARENT, harness, str(most), child]
        return subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=folder, timeout=300).stdout.decode().strip()


CAN_SWITCH = os.getuid() == 0 and shutil.which("setpriv") and os.path.exists("/usr/bin/python3")


class Limits(unittest.TestCase):
    def test_a_fork_bomb_stops_at_the_limit_and_leaves_nothing(self):
        said = run_as(None, 40)
        if said == "unlimited":
            self.skipTest("no control group can be made here")
        count, exit_code, left = said.split()
        self.assertLess(int(count), 40)
        self.assertEqual((exit_code, left), ("0", "0"))

    @unittest.skipUnless(CAN_SWITCH, "only root can become an ordinary user")
    def test_also_for_an_ordinary_user(self):
        count, exit_code, left = run_as("nobody", 40).split()
        self.assertLess(int(count), 41)
        self.assertEqual((exit_code, left), ("0", "0"))

    def test_below_the_limit_all_run_and_none_survives(self):
        said = run_as(None, 4096)
        if said == "unlimited":
            self.skipTest("no control group can be made here")
        self.assertEqual(said, "400 0 0")

    def test_no_file_grows_beyond_the_limit(self):
        child = textwrap.dedent(
            """
            import resource, signal
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            print(resource.getrlimit(resource.RLIMIT_FSIZE)[0] <= 4 << 30, resource.getrlimit(resource.RLIMIT_CORE)[0])
            """
        )
        said = run_as(None, 4096, child)
        if said != "unlimited":
            self.assertEqual(said, "True 0 0 0")


if __name__ == "__main__":
    unittest.main()
