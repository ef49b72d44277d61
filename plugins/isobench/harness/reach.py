"""Which of the changed functions ran. Used in a process of its own, so that it costs the timed ones nothing."""

import sys
import threading
import time

FUNCTION = 0x1 | 0x2  # CO_OPTIMIZED | CO_NEWLOCALS: set for functions, not for modules and class bodies


class Reach:
    """Watches for functions given as (module, qualified name); a class stands for each of its methods.

    Python 3.12 and later: `sys.monitoring`, each function once. Earlier: `sys.setprofile`, which makes code of many
    small calls and generators tens of times slower, so after some seconds it is content with what it has found, if
    anything; before 3.11 code has no qualified name, so there the last part of the name decides within the module.
    """

    PATIENCE_SECONDS = 3

    def __init__(self, functions):
        self._by_module = {}
        for module, name in functions:
            self._by_module.setdefault(module, []).append(name)
        self._ran = set()
        self._bodies = set()

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
        return sorted(self._ran or self._bodies)

    def _started(self, code, _offset):
        self._note(code, sys._getframe(1).f_globals)
        return sys.monitoring.DISABLE

    def _profile(self, frame, event, _argument):
        if event == "call":
            self._note(frame.f_code, frame.f_globals)
            if self._ran and time.monotonic() > self._deadline:
                sys.setprofile(None)

    def _note(self, code, scope):
        module = scope.get("__name__")
        wanted = self._by_module.get(module)
        if wanted is None:
            return
        name = getattr(code, "co_qualname", code.co_name).replace("<locals>.", "")
        found = self._ran if code.co_flags & FUNCTION == FUNCTION else self._bodies
        for target in wanted:
            if name == target or name.startswith(target + ".") or (not hasattr(code, "co_qualname") and _last(target) == name):
                found.add("%s.%s" % (module, target))


def _last(name):
    return name.rpartition(".")[2]
