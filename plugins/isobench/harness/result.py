"""Turns what a finished process left behind into the result of a run. Nothing in doubt becomes a number."""

import json
import math
import re

CONTRACT = re.compile(r"Execution time: (\d+\.\d{6})s")
OUT_OF_MEMORY = re.compile(
    r"^(MemoryError|(torch\.)?(cuda\.)?OutOfMemoryError|torch\.AcceleratorError: CUDA error: out of memory"
    r"|RuntimeError: .*(CUDA|HIP) (error: )?out of memory|.*std::bad_alloc)"
)
SIGKILL = 9
TAIL_CHARACTERS = 2000


def result_of(ended, nonce):
    """The fields of a run that depend on how the process ended (`schema/run-bundle.ts`, Run)."""
    code = ended.exit_code
    base = dict(EMPTY, exit_code=code if code >= 0 else None, wall_seconds=ended.wall_seconds)
    tail = ended.stderr.decode("utf-8", "replace")[-TAIL_CHARACTERS:]
    if ended.timed_out:
        return failed(base, "timed-out", "no end after %g s" % ended.timeout_seconds, tail)
    if code in (-SIGKILL, 128 + SIGKILL):
        return failed(base, "out-of-memory", "killed by the kernel", tail)
    if code != 0:
        said = last_line(tail)
        memory = any(OUT_OF_MEMORY.match(line) for line in tail.splitlines()[-5:])
        return failed(base, "out-of-memory" if memory else "test-crashed", said or how_it_ended(code), tail)
    answer, violation = read_answer(ended.stdout.decode("utf-8", "replace"), nonce, ended.wall_seconds)
    if violation is not None:
        return failed(base, "contract-violated", violation, tail)
    return dict(base, result="ok", message=None, **answer)


EMPTY = {
    "seconds": None,
    "iterations_seconds": [],
    "warmup_iterations": None,
    "peak_memory_bytes": None,
    "peak_device_memory_bytes": None,
    "device_seconds": None,
    "metrics": {},
    "digest": None,
    "reached": None,
    "imported": None,
    "stderr_tail": None,
    "probe_seconds": None,
}


def failed(base, result, message, tail):
    return dict(base, result=result, message=message[:500], stderr_tail=tail or None)


def read_answer(stdout, nonce, wall_seconds):
    """(fields, None) when standard output is exactly the harness's two lines and they make sense, else (None, why)."""
    lines = stdout.split("\n")
    if stdout == "":
        return None, "ended without a result"
    if lines[-1] != "" or len(lines) not in (2, 3):
        return None, "standard output is not the two lines of the harness"
    try:
        answer = json.loads(lines[0])
    except ValueError:
        return None, "the first line of standard output is not JSON"
    if not isinstance(answer, dict) or answer.pop("nonce", None) != nonce:
        return None, "the result does not carry the nonce of this run"
    if "violation" in answer:
        return None, str(answer["violation"])
    seconds, times = answer.get("seconds"), answer.get("iterations_seconds")
    if not isinstance(times, list) or not times or not all(is_time(x) for x in times + [seconds]):
        return None, "a time is not a finite number above zero"
    contract = CONTRACT.fullmatch(lines[1])
    if contract is None or len(lines) != 3:
        return None, "no contract line at the end of standard output"
    if float(contract.group(1)) == 0:
        return None, "one experiment takes less than a microsecond, too short to time"
    if contract.group(1) != "%.6f" % seconds or not min(times) <= seconds <= max(times):
        return None, "the contract line is not the median of the timed calls"
    if sum(times) > wall_seconds:
        return None, "the timed calls took longer than the process: %.6f s in %.6f s" % (sum(times), wall_seconds)
    return {name: answer[name] for name in EMPTY if name in answer}, None


def is_time(value):
    return isinstance(value, float) and math.isfinite(value) and value > 0


def last_line(text):
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), None)


def how_it_ended(code):
    return "ended by signal %d" % -code if code < 0 else "exit code %d" % code
