import unittest

from quillstats import ngram_counts, top, word_counts


class Counts(unittest.TestCase):
    def test_words_are_counted_over_all_texts(self):
        self.assertEqual(word_counts(["One fish, two fish", "Red fish"]), {"one": 1, "fish": 3, "two": 1, "red": 1})

    def test_ngrams_do_not_cross_texts(self):
        self.assertEqual(
            ngram_counts(["to be or not to be", "be not"]),
            {("to", "be"): 2, ("be", "or"): 1, ("or", "not"): 1, ("not", "to"): 1, ("be", "not"): 1},
        )

    def test_a_text_shorter_than_the_ngram_has_none(self):
        self.assertEqual(ngram_counts(["two words"], size=3), {})

    def test_ties_are_in_order(self):
        self.assertEqual(top({"b": 1, "a": 1, "c": 2}, limit=2), [("c", 2), ("a", 1)])
