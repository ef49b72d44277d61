"""Small tools for counting, searching and comparing text."""

from quillstats.counts import ngram_counts, top, word_counts
from quillstats.index import Hit, SearchIndex
from quillstats.normalise import normalise, strip_accents
from quillstats.similarity import edit_distance, near_duplicates
from quillstats.table import read_table
from quillstats.template import render
from quillstats.tokens import sentences, tokenize

__all__ = [
    "Hit",
    "SearchIndex",
    "edit_distance",
    "near_duplicates",
    "ngram_counts",
    "normalise",
    "read_table",
    "render",
    "sentences",
    "strip_accents",
    "tokenize",
    "top",
    "word_counts",
]
