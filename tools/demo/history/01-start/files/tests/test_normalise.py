import unittest

from quillstats import normalise, strip_accents


class Normalise(unittest.TestCase):
    def test_case_accents_and_spaces(self):
        self.assertEqual(normalise("  Crème\tBRÛLÉE \n"), "creme brulee")

    def test_accents_alone(self):
        self.assertEqual(strip_accents("Žluťoučký kůň"), "Zlutoucky kun")

    def test_ligatures_come_apart(self):
        self.assertEqual(normalise("ﬁne"), "fine")
