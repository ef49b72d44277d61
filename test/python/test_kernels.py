"""Kernels that never run as Python code: harness/reach.py with harness/kernels.py.

The stand-ins call each other as Triton 3.6 and torch 2.11 do, under the same module and function names; with the real
Triton 2.1, 3.1 and 3.6 this was tried by hand, as far as it goes without a GPU.
"""

import sys
import types
import unittest

from reach import Reach

JIT = """
class JITFunction:
    def __init__(self, fn):
        self.fn, self.hash, self.compiled = fn, None, False

    @property
    def cache_key(self):
        if self.hash is None:
            names = self.fn.__code__.co_names
            callees = [self.fn.__globals__.get(name) for name in names]
            self.hash = ",".join([self.fn.__name__] + [x.cache_key for x in callees if isinstance(x, JITFunction)])
        return self.hash

    def __hash__(self):
        return hash(self.cache_key)

    def run(self, *args, grid, warmup):
        if not self.compiled:
            compiler.compile(self)
            self.compiled = True

    def warmup(self, *args, grid):
        self.run(*args, grid=grid, warmup=True)

    def __getitem__(self, grid):
        return lambda *args: self.run(*args, grid=grid, warmup=False)
"""
OLD_LAUNCHER = """
def launcher(kernel, warmup=False):
    compiler.compile(kernel)
"""
COMPILER = """
def compile(fn):
    return fn.cache_key
"""
PACKAGE = """
@jit
def helper(x):
    return never

@jit
def kernel(x):
    return helper(x)

@jit
def other(x):
    return x
"""
DYNAMO = """
class InstructionTranslatorBase:
    def __init__(self, f_code, f_globals):
        self.f_code = f_code
"""


def module(name, source, **given):
    made = types.ModuleType(name)
    made.__dict__.update(given)
    exec(compile(source, name + ".py", "exec"), made.__dict__)
    return made


class KernelsTest(unittest.TestCase):
    def reached(self, use, before=lambda kernels: None):
        compiler = module("triton.compiler.compiler", COMPILER)
        jit = module("triton.runtime.jit", JIT, compiler=compiler)
        kernels = module("package.kernels", PACKAGE, jit=jit.JITFunction)
        kernels.old_launcher = module("generated", OLD_LAUNCHER, compiler=compiler).launcher
        before(kernels)
        reach = Reach([["package.kernels", name] for name in ("helper", "kernel", "other")])
        reach.start()
        use(kernels)
        return reach.stop()

    def test_a_launch_reaches_the_kernel_and_what_it_calls(self):
        both = ["package.kernels.helper", "package.kernels.kernel"]
        self.assertEqual(self.reached(lambda k: k.kernel[(1,)](0)), both)
        self.assertEqual(self.reached(lambda k: k.other[(1,)](0)), ["package.kernels.other"])
        self.assertEqual(self.reached(lambda k: (hash(k.kernel), k.kernel[(1,)](0))), both)

    def test_a_hash_or_a_warm_up_is_no_launch(self):
        self.assertEqual(self.reached(lambda k: {k.kernel: 1}), [])
        self.assertEqual(self.reached(lambda k: k.kernel.warmup(0, grid=(1,))), [])
        self.assertEqual(len(self.reached(lambda k: (k.kernel.warmup(0, grid=(1,)), k.kernel[(1,)](0)))), 2)

    def test_a_launch_of_what_was_compiled_before_counts(self):
        self.assertEqual(self.reached(lambda k: k.kernel[(1,)](0), lambda k: k.kernel[(1,)](0)), ["package.kernels.kernel"])

    def test_before_triton_3_the_compilation_speaks(self):
        self.assertEqual(len(self.reached(lambda k: k.old_launcher(k.kernel))), 2)
        self.assertEqual(self.reached(lambda k: k.old_launcher(k.kernel, warmup=True)), [])

    def test_what_dynamo_traces_counts(self):
        dynamo = module("torch._dynamo.symbolic_convert", DYNAMO)

        def traced(kernels):
            function = kernels.other.fn
            dynamo.InstructionTranslatorBase(function.__code__, function.__globals__)

        self.assertEqual(self.reached(traced), ["package.kernels.other"])

    def test_nothing_is_imported(self):
        self.reached(lambda k: k.kernel[(1,)](0))
        self.assertFalse({"triton", "torch"} & set(sys.modules))


if __name__ == "__main__":
    unittest.main()
