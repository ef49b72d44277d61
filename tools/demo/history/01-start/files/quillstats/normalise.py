"""Bring text into one form before it is compared."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def strip_accents(text):
    """`text` with compatibility characters replaced and combining marks removed."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def normalise(text):
    """`text` in lower case, without accents, with single spaces."""
    return _SPACES.sub(" ", strip_accents(text.casefold())).strip()
