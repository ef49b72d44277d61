"""One process of a measurement, run as the runner runs it: harness/measure.py."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

HARNESS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../plugins/isobench/harness")
TIMING = {
    "warmup_iterations": 3,
    "warmup_seconds": 0,
    "settle_seconds": 0,
    "timed_iterations": 5,
    "timed_seconds": 0,
    "rest_seconds": 0,
    "limit_seconds": 10,
}

# What of torch the harness uses, for machines without it.
TORCH = """
import sys, time, types
started, synchronized = [], []

class Event:
    def __init__(self, enable_timing):
        assert enable_timing
    def record(self):
        self.at = time.perf_counter()
    def elapsed_time(self, end):
        return 1e3 * (end.at - self.at) / 2

cuda = types.SimpleNamespace(
    Event=Event,
    is_initialized=lambda: bool(started),
    synchronize=lambda: synchronized.append(1),
    max_memory_allocated=lambda: 12345,
)
sys.modules["torch"] = types.SimpleNamespace(cuda=cuda)
"""


PLAIN = "def setup():\n    return None\ndef experiment(state):\n    return 1\n"


class MeasureTest(unittest.TestCase):
    def measure(self, test, purpose="pair", functions=(), **timing):
        request = {"nonce": "77", "purpose": purpose, "functions": functions, "timing": dict(TIMING, **timing)}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "efficiency_test.py")
            with open(path, "w") as file:
                file.write(test)
            ended = subprocess.run(
                [sys.executable, "-s", "-B", os.path.join(HARNESS, "measure.py"), path],
                input=json.dumps(request) + "\n",
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                universal_newlines=True,
                env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"},
            )
        self.assertEqual(ended.returncode, 0, ended.stderr)
        lines = ended.stdout.splitlines()
        answer = json.loads(lines[0])
        self.assertEqual(answer["nonce"], "77")
        contract = [] if "violation" in answer else ["Execution time: %.6fs" % answer["seconds"]]
        self.assertEqual(lines[1:], contract)
        return answer

    def test_warm_up_then_timed_calls(self):
        counted = "calls = []\ndef setup():\n    return calls\ndef experiment(state):\n    state.append(1)\n    return len(state)\n"
        answer = self.measure(counted + "def digest(result):\n    return result\ndef metrics(result):\n    return {'calls': (result, 'higher')}\n")
        self.assertEqual((answer["warmup_iterations"], len(answer["iterations_seconds"])), (3, 5))
        self.assertEqual(answer["metrics"], {"calls": {"value": 6.0, "better": "higher"}})
        self.assertEqual(answer["digest"], self.measure(counted + "def digest(result):\n    return 1\n")["digest"])
        self.assertGreater(answer["peak_memory_bytes"], 1_000_000)
        self.assertGreater(answer["probe_seconds"], 0)
        self.assertEqual((answer["device_seconds"], answer["peak_device_memory_bytes"], answer["reached"]), (None, None, None))

    def test_the_direction_of_a_metric_is_given_or_follows_from_its_name(self):
        metrics = "{'time_to_first_token_seconds': 2, 'tokens_per_second': 3, 'throughput': 4, 'hits': (5, 'higher')}"
        answer = self.measure(PLAIN + "def metrics(result):\n    return %s\n" % metrics)
        directions = {name: metric["better"] for name, metric in answer["metrics"].items()}
        self.assertEqual(
            directions,
            {"time_to_first_token_seconds": "lower", "tokens_per_second": "higher", "throughput": "higher", "hits": "higher"},
        )

    def test_a_metric_that_nobody_could_read_is_a_violation(self):
        for body, violation in (
            ("return {'peak_memory_bytes': 1}", "no name for a metric: 'peak_memory_bytes'"),
            ("return {'Peak memory': 1}", "no name for a metric: 'Peak memory'"),
            ("return {1: 1}", "no name for a metric: 1"),
            ("return {'a': (1, 'up')}", "metric `a` is neither `lower` nor `higher`: up"),
            ("return {'a%d' % index: 1 for index in range(17)}", "more than 16 metrics"),
            ("seen.append(1)\n    return {'a': (1, 'lower' if len(seen) == 1 else 'higher')}", "metric `a` is better in both directions"),
        ):
            answer = self.measure(PLAIN + "seen = []\ndef metrics(result):\n    %s\n" % body)
            self.assertEqual(answer["violation"], violation)

    def test_short_calls_fill_the_time_and_long_ones_end_at_the_limit(self):
        sleeper = "import time\ndef setup():\n    return None\ndef experiment(state):\n    time.sleep(%g)\n"
        short = self.measure(sleeper % 0.002, timed_seconds=0.1)
        self.assertGreater(len(short["iterations_seconds"]), 10)
        long = self.measure(sleeper % 0.05, limit_seconds=0.01)
        self.assertEqual((long["warmup_iterations"], len(long["iterations_seconds"])), (1, 1))

    def test_coverage_is_one_call(self):
        test = "import json\ndef setup():\n    return {}\ndef experiment(state):\n    return json.dumps(state)\n"
        answer = self.measure(test, "coverage", [["json", "dumps"], ["json", "loads"]])
        self.assertEqual((answer["reached"], len(answer["iterations_seconds"])), (["json.dumps"], 1))

    def test_neither_the_folder_of_the_harness_nor_its_modules_can_be_imported(self):
        answer = self.measure("""
import importlib.util, sys
def setup():
    return [importlib.util.find_spec(name) for name in ("digest", "reach", "rule", "process")]
def experiment(state):
    assert state == [None] * 4, state
    assert sys.argv[0].endswith("efficiency_test.py") and len(sys.argv) == 1 and sys.stdin.read() == ""
    assert __name__ == "efficiency_test"
""")
        self.assertEqual(answer["digest"], None)

    def test_a_device_is_synchronised_and_timed_by_events(self):
        test = TORCH + """
def setup():
    return None
def experiment(state):
    started.append(1)
    time.sleep(0.004)
def metrics(result):
    return {"synchronized": len(synchronized)}
"""
        answer = self.measure(test, rest_seconds=0.01)
        self.assertEqual(answer["peak_device_memory_bytes"], 12345)
        self.assertGreater(answer["seconds"], 0.004)
        self.assertAlmostEqual(answer["device_seconds"], answer["seconds"] / 2, delta=0.001)
        # Once after the call that brought the device up, twice for each of the others: 1 + 2 × (2 + 3) at the median.
        self.assertEqual(answer["metrics"]["synchronized"]["value"], 11)


class FooterTest(unittest.TestCase):
    def test_a_test_with_the_footer_runs_by_itself(self):
        with open(os.path.join(HARNESS, "footer.py")) as file:
            footer = file.read()
        test = "import time\ndef setup():\n    return 0.01\ndef experiment(state):\n    time.sleep(state)\n" + footer
        ended = subprocess.run([sys.executable, "-c", test], stdout=subprocess.PIPE, universal_newlines=True)
        self.assertRegex(ended.stdout, r"^Execution time: 0\.01\d{4}s\n$")


if __name__ == "__main__":
    unittest.main()
