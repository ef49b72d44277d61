"""Find documents by their words."""

import heapq
import math
from collections import namedtuple

from quillstats.tokens import tokenize

Hit = namedtuple("Hit", ["identifier", "score"])


class Document:
    """One document of an index: its name and how often each word occurs in it."""

    def __init__(self, identifier, counts):
        self.identifier = identifier
        self.counts = counts


class SearchIndex:
    """Documents, searched by the sum of term frequency times inverse document frequency."""

    def __init__(self):
        self._documents = []
        self._holding = {}  # the documents that hold a word, in the order they came

    def __len__(self):
        return len(self._documents)

    def add(self, identifier, text):
        """Adds a document. An identifier is used once."""
        counts = {}
        for word in tokenize(text):
            counts[word] = counts.get(word, 0) + 1
        document = Document(identifier, counts)
        self._documents.append(document)
        for word in counts:
            self._holding.setdefault(word, []).append(document)

    def search(self, query, limit=10):
        """The best `limit` documents that hold a word of `query`, best first, ties by identifier."""
        scores = {}
        for word in sorted(set(tokenize(query))):
            holding = self._holding.get(word)
            if holding is None:
                continue
            rarity = math.log(1 + len(self._documents) / len(holding))
            for document in holding:
                scores[document] = scores.get(document, 0.0) + document.counts[word] * rarity
        best = heapq.nsmallest(limit, ((-score, document) for document, score in scores.items()))
        return [Hit(document.identifier, -negative) for negative, document in best]
