"""Count pairs of words in 60 paragraphs of accented text: most of the time goes into finding the words."""

import random

from quillstats import ngram_counts


def setup():
    generator = random.Random(20250221)
    words = ["".join(generator.choices("aàbcdeéghiïklmnoöprstuüv", k=generator.randint(1, 4))) for _ in range(400)]
    return [" ".join(generator.choices(words, k=90)) for _ in range(60)]


def experiment(state):
    return ngram_counts(state, size=2)


def digest(result):
    return sorted([*gram, count] for gram, count in result.items())
