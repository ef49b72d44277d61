"""Functions that are compiled instead of run: Triton kernels, and what `torch.compile` traces.

Their Python code never runs, so no monitoring of it sees them. But their compilers are Python code: the call that
compiles or looks up a kernel has the kernel among its arguments. We watch those calls from outside: nothing is
imported or replaced, and a process without Triton and torch does nothing here.

Triton (2.1, 3.1 and 3.6 were looked at): a launch is a `JITFunction.run`; before 3.0 the launcher is generated, and only
its call of `compile` shows, on the first launch with new types. To find a compiled kernel anywhere, also in a cache on
disk, Triton asks it for its `cache_key`, and that asks the functions which the kernel calls for theirs. Neither a key
that is asked for elsewhere, say for a hash, nor `warmup` is a launch.
"""

TRITON, DYNAMO = "triton.runtime.jit", "torch._dynamo.symbolic_convert"


class Kernels:
    """Collects what was compiled in order to be used."""

    def __init__(self):
        self._launched, self._calls, self._traced = set(), {}, set()

    def see(self, frame):
        """Takes a look at a frame that has just started; True when a later call of the same code matters too."""
        watch = WATCHED.get((frame.f_globals.get("__name__"), frame.f_code.co_name))
        if watch is not None:
            watch(self, frame)
        return watch is not None

    def used(self):
        """(module, qualified name, whether that is sure) of what was traced, or launched, or called by a launched one."""
        found, waiting = set(self._traced), list(self._launched)
        while waiting:
            kernel = waiting.pop()
            if kernel not in found:
                found.add(kernel)
                waiting.extend(self._calls.get(kernel, ()))
        return found

    def _run(self, frame):
        if not frame.f_locals.get("warmup"):
            self._launched.add(kernel_of(frame))

    def _key(self, frame):
        kernel, compiling, warming = kernel_of(frame), False, False
        for outer in callers(frame):
            if is_in(outer, TRITON) and outer.f_code.co_name == "cache_key":
                self._calls.setdefault(kernel_of(outer), set()).add(kernel)
                return
            compiling = compiling or (is_in(outer, "triton") and outer.f_code.co_name == "compile")
            warming = warming or outer.f_locals.get("warmup") is True
        if compiling and not warming:
            self._launched.add(kernel)

    def _trace(self, frame):
        code, scope = frame.f_locals.get("f_code"), frame.f_locals.get("f_globals")
        if code is not None and scope is not None:
            name = getattr(code, "co_qualname", code.co_name).replace("<locals>.", "")
            self._traced.add((scope.get("__name__"), name, hasattr(code, "co_qualname")))


WATCHED = {
    (TRITON, "run"): Kernels._run,
    (TRITON, "cache_key"): Kernels._key,
    (DYNAMO, "__init__"): Kernels._trace,
}


def kernel_of(frame):
    function = getattr(frame.f_locals.get("self"), "fn", None)
    return getattr(function, "__module__", None), getattr(function, "__qualname__", "").replace("<locals>.", ""), True


def callers(frame):
    while frame.f_back is not None:
        frame = frame.f_back
        yield frame


def is_in(frame, package):
    return (str(frame.f_globals.get("__name__")) + ".").startswith(package + ".")
