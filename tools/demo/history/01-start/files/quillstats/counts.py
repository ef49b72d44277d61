"""Word and n-gram counts."""

from quillstats.tokens import tokenize


def word_counts(texts):
    """How often each word occurs in `texts`."""
    counts = {}
    for text in texts:
        for word in tokenize(text):
            counts[word] = counts.get(word, 0) + 1
    return counts


def ngram_counts(texts, size=2):
    """How often each run of `size` words occurs; runs do not cross from one text to the next."""
    counts = {}
    for text in texts:
        words = tokenize(text)
        for start in range(len(words) - size + 1):
            gram = tuple(words[start : start + size])
            counts[gram] = counts.get(gram, 0) + 1
    return counts


def top(counts, limit=10):
    """The `limit` most frequent entries, ties in order of the entry."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ranked[:limit]
