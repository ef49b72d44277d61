"""Look for near duplicates among 90 notes of 4 to 40 words; ten of them were cut to half their words by someone."""

import random

from quillstats import near_duplicates


def setup():
    generator = random.Random(20250324)
    words = sorted({"".join(generator.choices("abcdeghiklmnoprstuv", k=6)) for _ in range(500)})
    notes = [generator.sample(words, k=2 * generator.randint(2, 20)) for _ in range(80)]
    halves = [note[: len(note) // 2] for note in notes[:10]]
    return [" ".join(note) for note in notes + halves]


def experiment(state):
    return near_duplicates(state, threshold=0.5)


def digest(result):
    return result
