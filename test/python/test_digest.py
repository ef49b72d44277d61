"""The canonical form of results: harness/digest.py."""

import array
import math
import unittest

from digest import Digest
from rule import same_digest


def form(value):
    digest = Digest(value)
    return {"sha256": digest.sha256, "numbers": digest.numbers}


def same(one, other):
    return same_digest(form(one), form(other))


class DigestTest(unittest.TestCase):
    def test_equal_values_are_equal_whatever_their_order_in_memory(self):
        self.assertTrue(same({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}))
        self.assertTrue(same({"x", "y", "z"}, {"z", "y", "x"}))
        self.assertTrue(same((1, 2), [1, 2]))
        self.assertTrue(same(b"ab", bytearray(b"ab")))

    def test_different_values_differ(self):
        for one, other in [(1, 2), (1, True), (1, "1"), ("", None), (["ab"], ["a", "b"]), ({"a": 1}, {"a": 2}), (b"a", "a")]:
            self.assertFalse(same(one, other), (one, other))

    def test_floats_may_differ_by_rounding_only(self):
        exact = math.fsum([0.1] * 10_000)
        self.assertTrue(same(exact, sum([0.1] * 10_000)))
        self.assertTrue(same(1.0, 1.0 + 1e-12))
        self.assertFalse(same(1.0, 1.000001))
        self.assertFalse(same([1.0, 2.0], [2.0, 1.0]))
        self.assertTrue(same([math.nan, math.inf], [math.nan, math.inf]))
        self.assertFalse(same([math.nan, 1.0], [1.0, math.nan]))

    def test_many_floats_are_summarised(self):
        values = [math.sin(i) for i in range(10_000)]
        self.assertLess(len(form(values)["numbers"]), 64)
        self.assertTrue(same(values, [x + 1e-13 for x in values]))
        self.assertFalse(same(values, [x * 1.001 for x in values]))
        self.assertFalse(same(values, values[1:]))

    def test_a_value_without_a_canonical_form_is_an_error(self):
        with self.assertRaisesRegex(TypeError, "digest\\(\\) returned a object, which has no canonical form"):
            Digest(object())
        with self.assertRaises(TypeError):
            Digest(array.array("i", [1]))


class FakeTensorTest(unittest.TestCase):
    """The interface of torch that is used, in a module of that name: the real one is not on every machine."""

    def setUp(self):
        import sys
        import types

        class Tensor:
            def __init__(self, values, dtype, shape):
                self.values, self.dtype, self.shape = values, dtype, shape

            detach = flatten = lambda self: self

            def is_floating_point(self):
                return "float" in self.dtype

            def to(self, device, dtype):
                return self

            def tolist(self):
                return self.values

        self.Tensor = Tensor
        sys.modules["torch"] = types.SimpleNamespace(Tensor=Tensor, float64="torch.float64")
        self.addCleanup(sys.modules.pop, "torch")

    def test_tensors_are_compared_by_type_shape_and_summary(self):
        values = [math.cos(i) for i in range(1000)]
        one = self.Tensor(values, "torch.bfloat16", (10, 100))
        self.assertTrue(same(one, self.Tensor([x * 1.01 for x in values], "torch.bfloat16", (10, 100))))
        self.assertFalse(same(one, self.Tensor([x * 1.2 for x in values], "torch.bfloat16", (10, 100))))
        self.assertFalse(same(one, self.Tensor(values, "torch.float32", (10, 100))))
        self.assertFalse(same(one, self.Tensor(values, "torch.bfloat16", (100, 10))))
        tokens = self.Tensor([1, 2, 3], "torch.int64", (3,))
        self.assertFalse(same(tokens, self.Tensor([1, 2, 4], "torch.int64", (3,))))


if __name__ == "__main__":
    unittest.main()
