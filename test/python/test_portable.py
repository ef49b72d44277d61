"""What a sandboxed test may read of the machine that lends its packages: harness/portable.py."""

import os
import tempfile
import unittest
from unittest import mock

from portable import lent_folders


class LentFolders(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = os.path.realpath(folder.name)

    def program(self, *names):
        path = os.path.join(self.root, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n")
        os.chmod(path, 0o755)
        return path

    def test_the_installation_of_a_compiler_under_both_of_its_names(self):
        compiler = self.program("gcc-13", "bin", "gcc")
        os.symlink(os.path.join(self.root, "gcc-13"), os.path.join(self.root, "gcc"))
        expected = [os.path.join(self.root, "gcc"), os.path.join(self.root, "gcc-13")]
        self.assertEqual(lent_folders({"CC": os.path.join(self.root, "gcc", "bin", "gcc"), "PATH": ""}), expected)
        self.assertEqual(lent_folders({"PATH": os.path.dirname(compiler)}), expected[1:])

    def test_folders_that_variables_name_and_that_are_there(self):
        os.makedirs(os.path.join(self.root, "cuda", "lib64"))
        cuda = os.path.join(self.root, "cuda")
        variables = {"CUDA_HOME": cuda, "LD_LIBRARY_PATH": "%s/lib64:%s/absent:/usr/lib:relative:" % (cuda, cuda), "PATH": ""}
        self.assertEqual(lent_folders(variables), [cuda, cuda + "/lib64"])

    def test_never_a_folder_that_holds_the_home(self):
        home = os.path.join(self.root, "home", "ada")
        variables = {"CC": self.program("home", "ada", "bin", "cc"), "LD_LIBRARY_PATH": "%s:/" % self.root, "PATH": ""}
        self.assertEqual(lent_folders(variables), [home, self.root])
        with mock.patch.dict(os.environ, HOME=home):
            self.assertEqual(lent_folders(variables), [])


if __name__ == "__main__":
    unittest.main()
