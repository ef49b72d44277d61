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

    def test_nothing_that_a_test_left_can_run_code_when_it_is_read(self):
        loaders = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "torch"}
        for file in sorted(HARNESS.glob("*.py")):
            with self.subTest(file=file.name):
                tree = ast.parse(file.read_text(encoding="utf-8"))
                imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
                named = {alias.name for node in imports for alias in node.names} | {getattr(node, "module", None) for node in imports}
                self.assertEqual({name.partition(".")[0] for name in named if name} & loaders, set())


if __name__ == "__main__":
    unittest.main()
