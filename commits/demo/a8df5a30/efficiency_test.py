"""Normalise 300 lines of plain English, as most log files hold them."""

import random

from quillstats import normalise


def setup():
    generator = random.Random(20250408)
    words = ["".join(generator.choices("abcdeghiklmnoprstuvAT", k=generator.randint(2, 10))) for _ in range(800)]
    return ["  ".join(generator.choices(words, k=12)) + " \n" for _ in range(300)]


def experiment(state):
    return [normalise(line) for line in state]


def digest(result):
    return result
