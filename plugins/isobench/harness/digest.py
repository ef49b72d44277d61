"""The canonical form of what `digest(result)` returns: equal results, equal form, in any process on any machine.

Everything that must be equal goes into a SHA-256. Floating-point numbers do not: a faster algorithm may round
differently, and no hash of rounded numbers is safe at the edge of its rounding. They are listed as (value, absolute
tolerance), and two results are equal when every pair of values is within the larger of the two tolerances.
"""

import hashlib
import math
import sys

# Relative tolerance by the type of number; a factor of about 100 over one rounding, for sums of many terms.
TOLERANCES = {"float64": 1e-9, "float32": 1e-4, "float16": 2e-2, "bfloat16": 5e-2}
OTHER_FLOAT = 1e-1  # the eight-bit types
MOST_NUMBERS = 256
PROBES = 16


class Digest:
    """Takes one value in; `sha256` and `numbers` are its canonical form."""

    def __init__(self, value):
        self._hash = hashlib.sha256()
        self._floats = []
        self.numbers = []
        self._take(value)
        if len(self._floats) <= MOST_NUMBERS:
            self.numbers += [[x, abs(x) * TOLERANCES["float64"]] for x in self._floats]
        else:
            self._summarise(self._floats, TOLERANCES["float64"])

    @property
    def sha256(self):
        return self._hash.hexdigest()

    def _token(self, kind, text):
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        self._hash.update(b"%s %d:" % (kind.encode(), len(content)))
        self._hash.update(content)

    def _take(self, value):
        if value is None or isinstance(value, (bool, int)):
            self._token("literal", "%s" % (value,))
        elif isinstance(value, float):
            self._take_float(value)
        elif isinstance(value, str):
            self._token("text", value)
        elif isinstance(value, (bytes, bytearray, memoryview)):
            self._token("bytes", bytes(value))
        elif isinstance(value, (list, tuple)):
            self._token("list", str(len(value)))
            for item in value:
                self._take(item)
        elif isinstance(value, dict):
            self._token("dict", str(len(value)))
            for key in sorted(value, key=_order):
                self._take(key)
                self._take(value[key])
        elif isinstance(value, (set, frozenset)):
            self._token("set", str(len(value)))
            for item in sorted(value, key=_order):
                self._take(item)
        elif isinstance(value, complex):
            self._take([value.real, value.imag])
        else:
            self._take_array(value)

    def _take_float(self, value):
        if math.isfinite(value):
            self._token("float", "")
            self._floats.append(value)
        else:
            self._token("float", repr(value))

    def _take_array(self, value):
        torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and isinstance(value, torch.Tensor):
            value = value.detach()
            kind = str(value.dtype).replace("torch.", "")
            floating = value.is_floating_point()
            flat = value.to(device="cpu", dtype=torch.float64 if floating else None).flatten().tolist()
        elif numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
            kind = str(value.dtype)
            floating = value.dtype.kind == "f"
            flat = numpy.asarray(value).ravel().tolist()
        else:
            raise TypeError("digest() returned a %s, which has no canonical form" % type(value).__qualname__)
        self._token("array", "%s %s" % (kind, tuple(getattr(value, "shape", ()))))
        if not floating:
            self._take(flat)
            return
        odd = [(index, repr(x)) for index, x in enumerate(flat) if not math.isfinite(x)]
        self._token("not finite", repr(odd))
        self._summarise([x for x in flat if math.isfinite(x)], TOLERANCES.get(kind, OTHER_FLOAT))

    def _summarise(self, values, tolerance):
        """Mean, root mean square and some elements, each within `tolerance` times the root mean square."""
        self._token("count", str(len(values)))
        if not values:
            return
        mean = math.fsum(values) / len(values)
        scale = math.sqrt(math.fsum(x * x for x in values) / len(values))
        step = max(1, len(values) // PROBES)
        for x in [mean, scale] + values[::step]:
            self.numbers.append([x, tolerance * max(scale, abs(x))])


def _order(item):
    """A total order over keys of mixed types, none of them a float or a container of one in practice."""
    return (type(item).__name__, item if isinstance(item, (str, bytes, int, float)) else repr(item))
