import unittest

from quillstats import SearchIndex


class Search(unittest.TestCase):
    def setUp(self):
        self.index = SearchIndex()
        self.index.add("fox", "The quick brown fox jumps over the lazy dog")
        self.index.add("dog", "A lazy dog sleeps; a dog dreams")
        self.index.add("cat", "Cats ignore everything")

    def test_rare_and_frequent_words_rank_higher(self):
        self.assertEqual([hit.identifier for hit in self.index.search("lazy dog")], ["dog", "fox"])

    def test_a_word_of_no_document_finds_nothing(self):
        self.assertEqual(self.index.search("zebra"), [])

    def test_the_limit_holds(self):
        self.assertEqual(len(self.index.search("lazy dog", limit=1)), 1)

    def test_accents_and_case_do_not_matter(self):
        self.assertEqual([hit.identifier for hit in self.index.search("CÂTS")], ["cat"])
