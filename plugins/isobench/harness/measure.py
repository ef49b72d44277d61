"""Runs one efficiency test in this interpreter and says how long one `experiment(state)` takes.

    python -s -B measure.py TEST < REQUEST

REQUEST is one line of JSON: nonce, purpose, timing, functions. The test cannot see it. Standard output gets two lines:
JSON with the nonce, and `Execution time: X.XXXXXXs`; what the test prints goes to standard error. Every function that
times or reports is taken before the test is loaded, so a test that replaces `time.perf_counter` replaces nothing here.

Garbage collection stays on, as it is for users; the heap is collected before the timed part so that it starts alike in
every process. A result is dropped before the next call is timed. The process ends without the interpreter's shutdown:
what is measured is done, and the runner ends whatever is left over.
"""

import gc
import json
import os
import sys
import time
import types

from digest import Digest
from reach import Reach

for _name in ("digest", "kernels", "reach"):
    del sys.modules[_name]  # a package may have modules of these names
del sys.path[0]  # the folder of this file: nothing in it may stand in for another module

PROBE_STEPS = 80_000
MOST_ITERATIONS = 1000
AGREEMENT = 0.02
MOST_METRICS = 16
OWN_METRICS = ("peak_memory_bytes", "peak_device_memory_bytes", "device_seconds")
LAZY = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, map, filter, zip)


class Violation(Exception):
    """The test breaks the contract; the message says how."""


def main(test_path, now=time.perf_counter_ns, dumps=json.dumps, getpid=os.getpid, write=os.write, leave=os._exit):
    request = json.loads(sys.stdin.readline())
    process, results = getpid(), os.dup(1)
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = [test_path]
    answer = {"nonce": request["nonce"], "probe_seconds": probe(now)}
    try:
        answer.update(measure(test_path, request, now))
    except Violation as violation:
        answer["violation"] = str(violation)
    if getpid() != process:
        leave(1)  # a child that the test forked and that came back here
    lines = dumps(answer, allow_nan=False) + "\n"
    if "violation" not in answer:
        lines += "Execution time: %.6fs\n" % answer["seconds"]
    content = lines.encode()
    while content:
        content = content[write(results, content) :]
    leave(0)


def measure(test_path, request, now, sleep=time.sleep):
    timing, covering = request["timing"], request["purpose"] == "coverage"
    reach = Reach(request["functions"])
    if covering:
        reach.start()
    test = load(test_path)
    for name in ("setup", "experiment"):
        if not callable(getattr(test, name, None)):
            raise Violation("the test has no function `%s`" % name)
    experiment, digest, metrics = test.experiment, getattr(test, "digest", None), getattr(test, "metrics", None)
    state = test.setup()
    synchronize_device()

    started = now()
    took, device_took, result = time_once(experiment, state, now)
    answer = {"reached": reach.stop() if covering else None}
    answer["digest"] = canonical(digest, result)
    warmup, timed, device_timed, gathered = [took], [], [], {}
    while not covering and not is_warm(warmup, (now() - started) / 1e9, timing):
        result = None
        warmup.append(time_once(experiment, state, now)[0])
    gc.collect()
    started = now()
    while not covering and not is_enough(timed, (now() - started) / 1e9, timing):
        result = None
        if timed and timing["rest_seconds"] > 0:
            sleep(timing["rest_seconds"])
        took, device_took, result = time_once(experiment, state, now)
        timed.append(took)
        device_timed.append(device_took)
        gather(metrics, result, gathered)
    if covering:
        timed, device_timed, warmup = warmup, [device_took], []
        gather(metrics, result, gathered)
    on_device = [x for x in device_timed if x is not None]
    answer.update(
        seconds=median(timed),
        iterations_seconds=timed,
        warmup_iterations=len(warmup),
        device_seconds=median(on_device) if on_device else None,
        metrics={name: {"value": median(values), "better": better} for name, (better, values) in gathered.items()},
        peak_memory_bytes=peak_memory(),
        peak_device_memory_bytes=peak_device_memory(),
    )
    return answer


def load(path):
    """The test as a module that is not `__main__`, so that its footer does not run."""
    module = types.ModuleType("efficiency_test")
    module.__file__ = path
    sys.modules["efficiency_test"] = module
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, module.__dict__)
    return module


def time_once(experiment, state, now):
    """Seconds of one call by the wall clock and by CUDA events (None without a device), and what it returned."""
    cuda = active_cuda()
    if cuda is None:
        start = now()
        result = experiment(state)
        stop = now()
        if active_cuda() is None:
            return (stop - start) / 1e9, None, checked(result)
        synchronize_device()  # the first call brought the device up; its time is warm-up
        return (now() - start) / 1e9, None, checked(result)
    begin, end = cuda.Event(enable_timing=True), cuda.Event(enable_timing=True)
    cuda.synchronize()
    start = now()
    begin.record()
    result = experiment(state)
    end.record()
    cuda.synchronize()
    stop = now()
    return (stop - start) / 1e9, begin.elapsed_time(end) / 1e3, checked(result)


def checked(result):
    if isinstance(result, LAZY):
        raise Violation("experiment() returned a %s, which has computed nothing yet" % type(result).__name__)
    return result


def is_warm(times, elapsed, timing):
    if elapsed >= timing["limit_seconds"]:
        return True
    if len(times) < timing["warmup_iterations"] or elapsed < timing["warmup_seconds"]:
        return False
    last = times[-3:]
    return elapsed >= timing["settle_seconds"] or max(last) - min(last) <= AGREEMENT * min(last)


def is_enough(times, elapsed, timing):
    if not times:
        return False
    if len(times) >= MOST_ITERATIONS or elapsed >= timing["limit_seconds"]:
        return True
    return len(times) >= timing["timed_iterations"] and elapsed >= timing["timed_seconds"]


def canonical(digest, result):
    if digest is None:
        return None
    value = Digest(digest(result))
    return {"sha256": value.sha256, "numbers": value.numbers}


def gather(metrics, result, gathered):
    """`metrics(result)`: name to number, or to (number, "lower" or "higher"). For a number alone the name decides."""
    if metrics is None:
        return
    for name, given in metrics(result).items():
        if not is_metric_name(name):
            raise Violation("no name for a metric: %r" % (name,))
        value, better = given if isinstance(given, (tuple, list)) else (given, usual_direction(name))
        value = float(value)
        if value != value or value in (float("inf"), float("-inf")):
            raise Violation("metric `%s` is not a finite number: %s" % (name, value))
        if better not in ("lower", "higher"):
            raise Violation("metric `%s` is neither `lower` nor `higher`: %s" % (name, better))
        if name not in gathered and len(gathered) == MOST_METRICS:
            raise Violation("more than %d metrics" % MOST_METRICS)
        if gathered.setdefault(name, (better, []))[0] != better:
            raise Violation("metric `%s` is better in both directions" % name)
        gathered[name][1].append(value)


def is_metric_name(name):
    """Lower-case letters, digits and `_`, and none of those that the harness takes itself."""
    plain = isinstance(name, str) and name.isascii() and name.isidentifier() and name == name.lower()
    return plain and len(name) <= 64 and name not in OWN_METRICS


def usual_direction(name):
    return "higher" if "throughput" in name or name.endswith("_per_second") else "lower"


def active_cuda():
    """`torch.cuda` once the test has brought a device up, else None. Never imports torch."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    return cuda if cuda is not None and cuda.is_initialized() else None


def synchronize_device():
    cuda = active_cuda()
    if cuda is not None:
        cuda.synchronize()


def peak_device_memory():
    cuda = active_cuda()
    return None if cuda is None else int(cuda.max_memory_allocated())


def peak_memory():
    """Resident bytes at the peak of this program. Linux's `ru_maxrss` would count the parent's pages at fork."""
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def probe(now):
    """Seconds of a fixed loop: how fast this processor is just now."""
    start, x = now(), 1
    for _ in range(PROBE_STEPS):
        x = (x * 1103515245 + 12345) & 0xFFFFFFFF
    return (now() - start) / 1e9


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


if __name__ == "__main__":
    main(sys.argv[1])
