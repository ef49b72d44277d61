import unittest

from quillstats import edit_distance, near_duplicates


class Similarity(unittest.TestCase):
    def test_edit_distance(self):
        self.assertEqual(edit_distance("kitten", "sitting"), 3)
        self.assertEqual(edit_distance("", "abc"), 3)
        self.assertEqual(edit_distance("same", "same"), 0)

    def test_near_duplicates(self):
        texts = ["the cat sat on the mat", "on the mat the cat sat", "a dog"]
        self.assertEqual(near_duplicates(texts), [(0, 1)])

    def test_texts_without_words_are_not_alike(self):
        self.assertEqual(near_duplicates(["", "!"]), [])

    def test_the_threshold_itself_counts(self):
        self.assertEqual(near_duplicates(["one two", "one two three four"], threshold=0.5), [(0, 1)])
