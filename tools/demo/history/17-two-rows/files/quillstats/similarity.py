"""How alike texts are."""

from quillstats.tokens import tokenize


def edit_distance(first, second):
    """The fewest insertions, deletions and replacements of one character that turn `first` into `second`."""
    if len(first) < len(second):
        first, second = second, first
    above = list(range(len(second) + 1))
    for row, letter in enumerate(first, start=1):
        current = [row]
        for column, other in enumerate(second):
            if letter == other:
                current.append(above[column])
            else:
                current.append(1 + min(above[column], above[column + 1], current[column]))
        above = current
    return above[-1]


def near_duplicates(texts, threshold=0.8):
    """Pairs of positions whose texts share at least `threshold` of their words (Jaccard similarity)."""
    words = [frozenset(tokenize(text)) for text in texts]
    pairs = []
    for first in range(len(words)):
        for second in range(first + 1, len(words)):
            smaller, larger = sorted((len(words[first]), len(words[second])))
            if smaller < threshold * larger:
                continue  # even if all words of the smaller text were shared
            union = words[first] | words[second]
            shared = words[first] & words[second]
            if union and len(shared) / len(union) >= threshold:
                pairs.append((first, second))
    return pairs
