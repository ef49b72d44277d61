import unittest

from quillstats import read_table


class ReadTable(unittest.TestCase):
    def test_plain_rows(self):
        self.assertEqual(read_table("a,b\n1,2\r\n3,\n"), [{"a": "1", "b": "2"}, {"a": "3", "b": ""}])

    def test_quoted_fields(self):
        self.assertEqual(
            read_table('a,b\n"x, y","he said ""no"""\n"two\nlines",z'),
            [{"a": "x, y", "b": 'he said "no"'}, {"a": "two\nlines", "b": "z"}],
        )

    def test_empty_lines_are_left_out(self):
        self.assertEqual(read_table("a;b\n\n1;2\n\n", delimiter=";"), [{"a": "1", "b": "2"}])

    def test_nothing(self):
        self.assertEqual(read_table(""), [])

    def test_errors(self):
        with self.assertRaisesRegex(ValueError, "row 3 has 1 fields instead of 2"):
            read_table("a,b\n1,2\n3\n")
        with self.assertRaisesRegex(ValueError, "no end"):
            read_table('a\n"x')
