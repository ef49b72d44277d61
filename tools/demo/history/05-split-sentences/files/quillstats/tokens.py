"""Words and sentences."""

import re

from quillstats.normalise import normalise

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_AFTER_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def tokenize(text):
    """The words of `text`, normalised, in order."""
    return _WORD.findall(normalise(text))


def sentences(text):
    """The sentences of `text`: they end in `.`, `!` or `?` before white space or the end."""
    return [sentence for sentence in _AFTER_SENTENCE.split(text.strip()) if sentence]
