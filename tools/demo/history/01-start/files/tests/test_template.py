import unittest

from quillstats import render


class Render(unittest.TestCase):
    def test_names_and_filters(self):
        template = "Dear {{ person.name | title }}, you owe {{amount}}."
        self.assertEqual(render(template, {"person": {"name": "ada"}, "amount": 12}), "Dear Ada, you owe 12.")

    def test_text_without_placeholders(self):
        self.assertEqual(render("{ plain }", {}), "{ plain }")

    def test_unknown_names(self):
        with self.assertRaisesRegex(KeyError, "asks for who"):
            render("{{ who }}", {})
        with self.assertRaisesRegex(ValueError, "no filter loud"):
            render("{{ who | loud }}", {"who": "me"})
