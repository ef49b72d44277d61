"""Normalise 400 lines of accented text in mixed case, as they come from a form."""

import random

from quillstats import normalise


def setup():
    generator = random.Random(20250303)
    words = ["".join(generator.choices("aàbcdeéghiïklmnoöprstuüvAÉ", k=generator.randint(2, 10))) for _ in range(800)]
    return ["  ".join(generator.choices(words, k=12)) + " \n" for _ in range(400)]


def experiment(state):
    return [normalise(line) for line in state]


def digest(result):
    return result
