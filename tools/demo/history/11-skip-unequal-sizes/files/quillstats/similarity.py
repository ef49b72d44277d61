"""How alike texts are."""

from quillstats.tokens import tokenize


def edit_distance(first, second):
    """The fewest insertions, deletions and replacements of one character that turn `first` into `second`."""
    matrix = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for row in range(len(first) + 1):
        matrix[row][0] = row
    for column in range(len(second) + 1):
        matrix[0][column] = column
    for row in range(1, len(first) + 1):
        for column in range(1, len(second) + 1):
            replacement = 0 if first[row - 1] == second[column - 1] else 1
            matrix[row][column] = min(
                matrix[row - 1][column] + 1,
                matrix[row][column - 1] + 1,
                matrix[row - 1][column - 1] + replacement,
            )
    return matrix[len(first)][len(second)]


def near_duplicates(texts, threshold=0.8):
    """Pairs of positions whose texts share at least `threshold` of their words (Jaccard similarity)."""
    words = [frozenset(tokenize(text)) for text in texts]
    pairs = []
    for first in range(len(words)):
        for second in range(first + 1, len(words)):
            smaller, larger = sorted((len(words[first]), len(words[second])))
            if smaller <= threshold * larger:
                continue  # even if all words of the smaller text were shared
            union = words[first] | words[second]
            shared = words[first] & words[second]
            if union and len(shared) / len(union) >= threshold:
                pairs.append((first, second))
    return pairs
