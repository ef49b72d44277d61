import unittest

from quillstats import sentences, tokenize


class Tokens(unittest.TestCase):
    def test_words(self):
        self.assertEqual(tokenize("Don't stop: well-known Naïveté_2!"), ["don't", "stop", "well-known", "naivete", "2"])

    def test_sentences(self):
        self.assertEqual(sentences("One. Two?\nThree is 3.5! Four"), ["One.", "Two?", "Three is 3.5!", "Four"])
