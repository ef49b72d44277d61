import ast
import pathlib
import unittest

HARNESS = pathlib.Path(__file__).parents[2] / "plugins" / "isobench" / "harness"


class Compatibility(unittest.TestCase):
    def test_every_file_is_python_3_9(self):
        files = sorted(HARNESS.glob("*.py"))
        self.assertIn("portable.py", [file.name for file in files])
        for file in files:
            with self.subTest(file=file.name):
                ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))


if __name__ == "__main__":
    unittest.main()
