"""What counts as a result: harness/result.py."""

import json
import unittest
from collections import namedtuple

from result import result_of

Ended = namedtuple("Ended", "exit_code stdout stderr wall_seconds timed_out timeout_seconds")
NONCE = "00ff"


def ended(stdout="", stderr="", exit_code=0, wall=1.0, timed_out=False):
    return Ended(exit_code, stdout.encode(), stderr.encode(), wall, timed_out, 5)


def answer(times=(0.1, 0.2, 0.3), seconds=0.2, line=None, **fields):
    first = json.dumps(dict(nonce=NONCE, seconds=seconds, iterations_seconds=list(times), **fields))
    return "%s\n%s\n" % (first, "Execution time: %.6fs" % seconds if line is None else line)


class ResultTest(unittest.TestCase):
    def assert_violation(self, stdout, message, **how):
        run = result_of(ended(stdout, **how), NONCE)
        self.assertEqual((run["result"], run["seconds"]), ("contract-violated", None))
        self.assertEqual(run["message"], message)

    def test_two_lines_of_the_harness_are_a_result(self):
        run = result_of(ended(answer(peak_memory_bytes=5)), NONCE)
        self.assertEqual((run["result"], run["seconds"], run["peak_memory_bytes"]), ("ok", 0.2, 5))

    def test_anything_else_on_standard_output_is_none(self):
        self.assert_violation("", "ended without a result")
        self.assert_violation("Execution time: 0.200000s\n", "the first line of standard output is not JSON")
        self.assert_violation(answer() + answer(), "standard output is not the two lines of the harness")
        self.assert_violation("took 1.23 seconds\n", "the first line of standard output is not JSON")
        self.assert_violation(answer()[:-1], "standard output is not the two lines of the harness")
        self.assert_violation(answer().replace(NONCE, "11"), "the result does not carry the nonce of this run")

    def test_the_contract_line_is_exact(self):
        wrong = "no contract line at the end of standard output"
        for line in ["Execution time: nans", "Execution time: 1e-05s", "Execution time: -0.200000s", "Execution time: 0.2s", " Execution time: 0.200000s"]:
            self.assert_violation(answer(line=line), wrong)
        self.assert_violation(answer(line="Execution time: 0.300000s"), "the contract line is not the median of the timed calls")

    def test_times_are_finite_above_zero_and_fit_into_the_process(self):
        self.assert_violation(answer(times=[float("nan")], seconds=float("nan")), "a time is not a finite number above zero")
        self.assert_violation(answer(times=[-0.1], seconds=-0.1), "a time is not a finite number above zero")
        self.assert_violation(answer(times=[], seconds=0.1), "a time is not a finite number above zero")
        self.assert_violation(answer(times=["1"], seconds=0.1), "a time is not a finite number above zero")
        self.assert_violation(answer(times=[2e-7], seconds=2e-7), "one experiment takes less than a microsecond, too short to time")
        self.assert_violation(answer(), "the timed calls took longer than the process: 0.600000 s in 0.500000 s", wall=0.5)

    def test_a_failed_process_is_none_whatever_it_printed(self):
        crashed = result_of(ended(answer(), "Traceback\nValueError: no\n", exit_code=1), NONCE)
        self.assertEqual((crashed["result"], crashed["message"], crashed["seconds"]), ("test-crashed", "ValueError: no", None))
        self.assertEqual(result_of(ended(exit_code=-11), NONCE)["message"], "ended by signal 11")
        self.assertEqual(result_of(ended(exit_code=-15), NONCE)["exit_code"], None)
        self.assertEqual(result_of(ended(timed_out=True, exit_code=-9), NONCE)["result"], "timed-out")

    def test_out_of_memory_is_told_apart(self):
        for text in ["MemoryError", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "torch.cuda.OutOfMemoryError: x"]:
            self.assertEqual(result_of(ended(stderr="Traceback\n" + text, exit_code=1), NONCE)["result"], "out-of-memory")
        self.assertEqual(result_of(ended(exit_code=-9), NONCE)["result"], "out-of-memory")
        self.assertEqual(result_of(ended(exit_code=137), NONCE)["result"], "out-of-memory")
        self.assertEqual(result_of(ended(stderr="ValueError: MemoryError", exit_code=1), NONCE)["result"], "test-crashed")


if __name__ == "__main__":
    unittest.main()
