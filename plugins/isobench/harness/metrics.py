"""The further numbers of a test, `metrics(result)`, and what it means that a test breaks the contract."""

MOST_METRICS = 16
OWN_METRICS = ("peak_memory_bytes", "peak_device_memory_bytes", "device_seconds")


class Violation(Exception):
    """The test breaks the contract; the message says how."""


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
