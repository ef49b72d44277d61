"""Which of the changed functions ran. Used in a process of its own, so that it costs the timed ones nothing."""

import sys
import threading
import time

from kernels import Kernels

FUNCTION = 0x1 | 0x2  # CO_OPTIMIZED | CO_NEWLOCALS: set for functions, not for modules and class bodies


class Reach:
    """Watches for functions given as (module, qualified name).

    A function stands for those that are defined in it. A class of which no method is named stands for each of its
    methods, and for its body where nothing else ran. A class of which methods are named counts when one of those runs:
    that some other method ran says nothing of the change.

    Python 3.12 and later: `sys.monitoring`, each function once. Earlier: `sys.setprofile`, which makes code of many
    small calls and generators tens of times slower, so after some seconds it is content with what it has found, if
    anything; before 3.11, where the class of a method is not known, the last part of its name decides in the module.
    What never runs as Python code is told by who compiles it: `kernels.py`.
    """

    PATIENCE_SECONDS = 3

    def __init__(self, functions):
        self._by_module = {}
        for module, name in functions:
            self._by_module.setdefault(module, []).append(name)
        self._ran = set()
        self._bodies = set()
        self._kernels = Kernels()

    def start(self):
        if hasattr(sys, "monitoring"):
            monitoring = sys.monitoring
            monitoring.use_tool_id(monitoring.COVERAGE_ID, "isobench")
            monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.PY_START, self._started)
            monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.PY_START)
        else:
            self._deadline = time.monotonic() + self.PATIENCE_SECONDS
            threading.setprofile(self._profile)
            sys.setprofile(self._profile)

    def stop(self):
        """What ran, as `module.name`, sorted. A class body counts only where nothing else did: importing runs it."""
        if hasattr(sys, "monitoring"):
            sys.monitoring.set_events(sys.monitoring.COVERAGE_ID, 0)
            sys.monitoring.free_tool_id(sys.monitoring.COVERAGE_ID)
        else:
            sys.setprofile(None)
            threading.setprofile(None)
        for module, name, exact in self._kernels.used():
            self._note(module, name, exact)
        return sorted(self._ran or self._bodies)

    def _started(self, code, _offset):
        frame = sys._getframe(1)
        if self._kernels.see(frame):
            return None
        self._note_frame(frame)
        return sys.monitoring.DISABLE

    def _profile(self, frame, event, _argument):
        if event == "call":
            if not self._kernels.see(frame):
                self._note_frame(frame)
            if self._ran and time.monotonic() > self._deadline:
                sys.setprofile(None)

    def _note_frame(self, frame):
        module = frame.f_globals.get("__name__")
        if module in self._by_module:
            name, exact = qualified_name(frame)
            self._note(module, name, exact, frame.f_code.co_flags & FUNCTION == FUNCTION)

    def _note(self, module, name, exact=True, is_function=True):
        found, wanted = self._ran if is_function else self._bodies, self._by_module.get(module, ())
        for target in wanted:
            members = [other for other in wanted if other.startswith(target + ".")]
            itself = name == target or (not exact and name == target.rpartition(".")[2])
            if any(is_within(name, each) for each in members or [target]) or (itself and (is_function or not members)):
                found.add("%s.%s" % (module, target))


def is_within(name, outer):
    return name == outer or name.startswith(outer + ".")


def qualified_name(frame):
    """The name of what the frame runs, as in its module, and whether that is sure. Before Python 3.11 code does not know
    the class that it is in: the first argument of a method does, unless the method is static or wrapped."""
    code = frame.f_code
    if hasattr(code, "co_qualname"):
        return code.co_qualname.replace("<locals>.", ""), True
    first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    for owner in (first if isinstance(first, type) else type(first)).__mro__:
        member = vars(owner).get(code.co_name)
        function = getattr(member, "__func__", getattr(member, "fget", member))
        if getattr(function, "__code__", None) is code:
            return "%s.%s" % (owner.__qualname__.replace("<locals>.", ""), code.co_name), True
    return code.co_name, False
