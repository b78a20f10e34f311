"""Counts of words in context: which word stood where when which class followed.

The features of the language model are vectors of words side by side (radial context), so the counts F = H^T Y of its
explicit solution need no vectors while counting:

    F_k = E^T T_k,    T_k[v, i] = weight of the examples of class i with word v at place k

with E the vectors (V, D). The tables are sums over examples: they add, subtract and merge exactly while weights are
whole numbers.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model.examples import Examples, windows
from model.explicit import Matrix

GRID = 2.0**-20
"""Vectors are rounded to this grid, so that sums of them add and subtract without rounding."""

BATCH = 8192
"""Utterances handled at once; bounds memory."""

Target = Literal["intent", "next word"]


def context_tables(
    examples: Examples, vocabulary: int, radius: int, target: Target, classes: int
) -> Iterator[Matrix]:
    """Yield T of each radial place, newest word first, each of shape (V, classes).

    Args:
        examples: encoded utterances; every prefix that tells the target is an example of it.
        vocabulary: V.
        radius: places of the radial context.
        target: what the prefixes predict: the lamp's turn, or the id of the next word (0 after the end token).
        classes: how many classes the target has.
    """
    for k in range(radius):
        table = np.zeros(vocabulary * classes)
        for part in examples.batches(BATCH):
            counted = telling(part, target)
            words = windows(part.ids, radius)[..., k][counted].astype(np.int64)
            cells = words * classes + targets(part, target)[counted]
            table += np.bincount(cells, _weights(part)[counted], len(table))
        yield table.reshape(vocabulary, classes)


def class_counts(examples: Examples, target: Target, classes: int) -> Matrix:
    """Return n, shape (classes,): the weight of the examples of each class."""
    counted = telling(examples, target)
    n = np.bincount(targets(examples, target)[counted], _weights(examples)[counted], classes)
    return n.astype(np.float64)


def telling(examples: Examples, target: Target) -> NDArray[np.bool_]:
    """Return which prefixes are examples of a target, shape (utterances, longest)."""
    return examples.counted() if target == "intent" else examples.followed()


def targets(examples: Examples, target: Target) -> NDArray[np.int64]:
    """Return the class of every prefix, shape (utterances, longest)."""
    if target == "intent":
        return np.broadcast_to(examples.intents[:, None], examples.ids.shape).astype(np.int64)
    return np.pad(examples.ids, ((0, 0), (0, 1)))[:, 1:].astype(np.int64)


def _weights(examples: Examples) -> Matrix:
    return np.broadcast_to(examples.weights[:, None], examples.ids.shape).astype(np.float64)
