"""Search 4,000 one-line notes for frequent words: nearly every note matches, many with the same score."""

import random

from quillstats import SearchIndex


def setup():
    generator = random.Random(20250312)
    words = ["meeting", "report", "invoice", "travel", "budget", "review", "contract", "training"]
    index = SearchIndex()
    for number in range(4000):
        index.add(f"note-{number:04}", " ".join(generator.choices(words, k=4)))
    return index, ["invoice", "travel budget", "contract review report"]


def experiment(state):
    index, queries = state
    return [index.search(query) for query in queries]


def digest(result):
    return [[[hit.identifier, hit.score] for hit in hits] for hits in result]
