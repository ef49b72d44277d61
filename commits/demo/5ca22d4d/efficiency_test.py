"""Tokenize 60 paragraphs. It was written for `tokenize`, so the sentences that the commit is about stay unread."""

import random

from quillstats import tokenize


def setup():
    generator = random.Random(20250220)
    words = ["".join(generator.choices("aàbcdeéghiïklmnoöprstuüv", k=generator.randint(2, 10))) for _ in range(800)]
    return [" ".join(generator.choices(words, k=90)).capitalize() + "." for _ in range(60)]


def experiment(state):
    return [tokenize(paragraph) for paragraph in state]


def digest(result):
    return result
