"""Bring text into one form before it is compared."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def strip_accents(text):
    """`text` with compatibility characters replaced and combining marks removed."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _settled(character):
    # Replacing compatibility characters can bring upper case back, so go on until nothing changes.
    while True:
        result = strip_accents(character.casefold())
        if result == character:
            return result
        character = result


def normalise(text):
    """`text` in lower case, without accents, with single spaces."""
    return _SPACES.sub(" ", "".join(map(_settled, text))).strip()
