"""Find documents by their words."""

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

    def __len__(self):
        return len(self._documents)

    def add(self, identifier, text):
        """Adds a document. An identifier is used once."""
        counts = {}
        for word in tokenize(text):
            counts[word] = counts.get(word, 0) + 1
        self._documents.append(Document(identifier, counts))

    def search(self, query, limit=10):
        """The best `limit` documents that hold a word of `query`, best first, ties by identifier."""
        words = sorted(set(tokenize(query)))
        scored = []
        for document in self._documents:
            score = 0.0
            for word in words:
                if word in document.counts:
                    score += document.counts[word] * self._rarity(word)
            if score > 0:
                scored.append((score, document))
        scored.sort(key=lambda pair: (-pair[0], pair[1].identifier))
        return [Hit(document.identifier, score) for score, document in scored[:limit]]

    def _rarity(self, word):
        holding = sum(1 for document in self._documents if word in document.counts)
        return math.log(1 + len(self._documents) / holding)
