"""Words and sentences."""

import re

from quillstats.normalise import normalise

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def tokenize(text):
    """The words of `text`, normalised, in order."""
    return _WORD.findall(normalise(text))


def sentences(text):
    """The sentences of `text`: they end in `.`, `!` or `?` before white space or the end."""
    found = []
    current = ""
    for position, character in enumerate(text):
        current += character
        following = text[position + 1 : position + 2]
        if character in ".!?" and (following == "" or following.isspace()):
            found.append(current.strip())
            current = ""
    if current.strip():
        found.append(current.strip())
    return found
