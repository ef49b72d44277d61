"""Runs one child to its end: bounded in time, output and memory, and alone when it is over.

A child gets a session of its own. At the end its process group is killed, and on Linux everything that it left behind
too: we are the subreaper, so orphans become ours. When this process dies, the child gets SIGKILL from the kernel.
"""

import collections
import ctypes
import os
import resource
import selectors
import signal
import subprocess
import sys
import time

Ended = collections.namedtuple("Ended", "exit_code stdout stderr wall_seconds timed_out timeout_seconds")

STDOUT_BYTES = 4_000_000
STDERR_BYTES = 16_000
SAMPLE_SECONDS = 0.5
PATIENCE_SECONDS = 5  # for killed processes to vanish and for what they wrote
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Interrupted(Exception):
    """A signal, or the death of our parent, asks us to stop. `code` is the exit code to end with."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Processes:
    """Starts children one at a time. Create it once, in the main thread."""

    def __init__(self):
        self._parent = os.getppid()
        self._signal = None
        self._wake, write_end = os.pipe()
        for end in (self._wake, write_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        if libc is not None:
            libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def _asked_to_stop(self, number, _frame):
        self._signal = number

    def check(self):
        """Raises Interrupted when we are to stop."""
        if self._signal is not None:
            raise Interrupted(128 + self._signal)
        if os.getppid() != self._parent:
            raise Interrupted(128 + signal.SIGTERM)

    def wait(self, seconds):
        """Sleeps, but not through a request to stop."""
        self.check()
        selector = selectors.DefaultSelector()
        selector.register(self._wake, selectors.EVENT_READ)
        selector.select(seconds)
        selector.close()
        self._drain_wake()
        self.check()

    def run(self, command, environment, folder, request, timeout_seconds, memory_bytes=None, sample=None):
        """Runs `command` with exactly `environment`; `request` (a file) is its standard input. `sample` is called about
        twice a second while it runs."""
        started = time.monotonic()
        child = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lambda: prepare_child(memory_bytes),
        )
        try:
            return self._follow(child, started, timeout_seconds, sample)
        finally:
            end_group(child)
            child.stdout.close()
            child.stderr.close()

    def _follow(self, child, started, timeout_seconds, sample):
        stdout, stderr = Head(STDOUT_BYTES), Tail(STDERR_BYTES)
        timed_out, due = False, started + SAMPLE_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            for pipe, keep in ((child.stdout, stdout), (child.stderr, stderr)):
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ, keep)
            while child.poll() is None:
                left = started + timeout_seconds - time.monotonic()
                if left <= 0:
                    timed_out = True
                    break
                if sample is not None and time.monotonic() >= due:
                    sample()
                    due = time.monotonic() + SAMPLE_SECONDS
                for key, _ in selector.select(min(left, SAMPLE_SECONDS)):
                    if key.data is None:
                        self._drain_wake()
                    elif read_some(key.fileobj, key.data) == b"":
                        selector.unregister(key.fileobj)
                self.check()
            wall_seconds = time.monotonic() - started
            end_group(child)
            deadline = time.monotonic() + PATIENCE_SECONDS
            for pipe, keep in ((child.stdout, stdout), (child.stderr, stderr)):
                while time.monotonic() < deadline and read_some(pipe, keep):
                    pass
        return Ended(child.returncode, stdout.content, stderr.content, wall_seconds, timed_out, timeout_seconds)

    def _drain_wake(self):
        try:
            while os.read(self._wake, 4096):
                pass
        except BlockingIOError:
            pass


class Head:
    """Keeps the first bytes of a stream, and one more to show that there were more."""

    def __init__(self, limit):
        self.content, self._limit = b"", limit

    def add(self, chunk):
        self.content += chunk[: self._limit + 1 - len(self.content)]


class Tail:
    """Keeps the last bytes of a stream."""

    def __init__(self, limit):
        self.content, self._limit = b"", limit

    def add(self, chunk):
        self.content = (self.content + chunk)[-self._limit :]


def read_some(pipe, keep):
    """What is there to read: b"" at the end, None when there is nothing just now."""
    try:
        chunk = os.read(pipe.fileno(), 1 << 18)
    except BlockingIOError:
        return None
    keep.add(chunk)
    return chunk


def prepare_child(memory_bytes):
    """In the child, between fork and exec."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_bytes is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def end_group(child):
    """Kills the child, its group, and whatever it left behind, and waits for them."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    child.wait()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while libc is not None and time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if ended == 0:
            for pid in children():
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)


def children():
    """Process ids of our children: orphans of a child that ended come to us."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name) as file:
                fields = file.read().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == os.getpid():
            found.append(int(name))
    return found
