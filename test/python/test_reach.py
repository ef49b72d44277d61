"""Which of the changed functions ran: harness/reach.py, on this interpreter."""

import sys
import threading
import types
import unittest

from reach import Reach

SOURCE = """
import functools

def plain():
    def inner():
        return 1
    return inner()

@functools.lru_cache
def decorated():
    return 2

def generator():
    yield 3

class Box:
    size = 1

    def grow(self):
        return plain()

    def shrink(self):
        return 5

    @staticmethod
    def fixed():
        return 4

    @classmethod
    def made(cls):
        return cls()

class Other(Box):
    def grow(self):
        return 6
"""


class ReachTest(unittest.TestCase):
    def reached(self, functions, call, module="package.core"):
        def load():
            loaded = types.ModuleType(module)
            exec(compile(SOURCE, "core.py", "exec"), loaded.__dict__)
            return loaded

        reach = Reach([[module, name] for name in functions])
        reach.start()
        call(load())
        return reach.stop()

    def test_functions_methods_and_inner_functions(self):
        names = ["plain", "plain.inner", "decorated", "generator", "Box.grow", "Box.fixed"]
        self.assertEqual(self.reached(names, lambda m: m.plain()), ["package.core.plain", "package.core.plain.inner"])
        self.assertEqual(self.reached(names, lambda m: m.decorated()), ["package.core.decorated"])
        self.assertEqual(self.reached(names, lambda m: list(m.generator())), ["package.core.generator"])
        self.assertEqual(self.reached(names, lambda m: m.Box.fixed()), ["package.core.Box.fixed"])
        self.assertEqual(self.reached(["Box.grow", "plain"], lambda m: m.Box().grow()), ["package.core.Box.grow", "package.core.plain"])

    def test_nothing_is_reached_by_importing(self):
        self.assertEqual(self.reached(["plain", "Box.grow"], lambda m: None), [])

    def test_a_class_alone_is_reached_by_any_of_its_methods_and_else_by_its_body(self):
        self.assertEqual(self.reached(["Box", "plain"], lambda m: m.plain()), ["package.core.plain"])
        self.assertEqual(self.reached(["Box", "decorated"], lambda m: (m.Box().grow(), m.decorated())), ["package.core.Box", "package.core.decorated"])
        self.assertEqual(self.reached(["Box"], lambda m: m.Box.fixed()), ["package.core.Box"])
        self.assertEqual(self.reached(["Box"], lambda m: None), ["package.core.Box"])

    def test_a_class_with_methods_named_is_reached_by_these_only(self):
        self.assertEqual(self.reached(["Box", "Box.grow"], lambda m: m.Box.fixed()), [])
        self.assertEqual(self.reached(["Box", "Box.grow"], lambda m: m.Box().shrink()), [])
        self.assertEqual(self.reached(["Box", "Box.grow"], lambda m: None), [])
        self.assertEqual(self.reached(["Box", "Box.grow"], lambda m: m.Box().grow()), ["package.core.Box", "package.core.Box.grow"])

    def test_methods_of_one_name_are_told_apart(self):
        self.assertEqual(self.reached(["Box.grow"], lambda m: m.Other().grow()), [])
        self.assertEqual(self.reached(["Other.grow"], lambda m: m.Other().grow()), ["package.core.Other.grow"])
        self.assertEqual(self.reached(["Box.made", "Other.made"], lambda m: m.Box.made()), ["package.core.Box.made"])
        self.assertEqual(self.reached(["Box.shrink", "Other.shrink"], lambda m: m.Other().shrink()), ["package.core.Box.shrink"])

    def test_other_threads_count_and_other_modules_do_not(self):
        def elsewhere(module):
            thread = threading.Thread(target=module.plain)
            thread.start()
            thread.join()

        self.assertEqual(self.reached(["plain"], elsewhere), ["package.core.plain"])
        self.assertEqual(self.reached(["plain"], lambda m: Reach([["other", "plain"]]) and m.decorated()), [])

    @unittest.skipIf(hasattr(sys, "monitoring"), "monitoring sees each function once")
    def test_profiling_ends_once_something_was_found(self):
        self.addCleanup(setattr, Reach, "PATIENCE_SECONDS", Reach.PATIENCE_SECONDS)
        Reach.PATIENCE_SECONDS = 0
        left = []
        self.assertEqual(
            self.reached(["plain", "decorated"], lambda m: (m.plain(), left.append(sys.getprofile()), m.decorated())),
            ["package.core.plain"],
        )
        self.assertEqual(left, [None])


if __name__ == "__main__":
    unittest.main()
