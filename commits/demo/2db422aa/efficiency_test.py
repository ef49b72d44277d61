"""Search an index of 120 short articles: word frequencies follow Zipf's law, queries ask for three words each."""

import random

from quillstats import SearchIndex


def setup():
    generator = random.Random(20250206)
    words = ["".join(generator.choices("abcdeghiklmnoprstuv", k=generator.randint(3, 9))) for _ in range(3000)]
    frequencies = [1 / rank for rank in range(1, len(words) + 1)]
    index = SearchIndex()
    for number in range(120):
        index.add(f"article-{number:03}", " ".join(generator.choices(words, frequencies, k=80)))
    queries = [" ".join(generator.choices(words[20:], k=3)) for _ in range(30)]
    return index, queries


def experiment(state):
    index, queries = state
    return [index.search(query) for query in queries]


def digest(result):
    return [[[hit.identifier, hit.score] for hit in hits] for hits in result]
