"""Counts of words in context: which word stood where when which class followed.

The features of the language model are vectors of words side by side (radial context) and their mean (document
context), so the counts F = H^T Y of its explicit solution need no vectors while counting:

    F_k = E^T T_k,    T_k[v, i] = weight of the examples of class i with word v at place k

with E the vectors (V, D). For the document context T[v, i] sums, over the examples of class i, the share of word v
among the words so far. The tables are sums over examples: they add, subtract and merge exactly while weights are
whole numbers, the shares being rounded to a grid.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model.examples import Examples, windows
from model.explicit import Matrix

GRID = 2.0**-20
"""Shares and vectors are rounded to this grid, so that sums of them add and subtract without rounding."""

BATCH = 8192
"""Utterances handled at once; bounds memory."""

Target = Literal["intent", "next word"]


def context_tables(
    examples: Examples, vocabulary: int, radius: int, target: Target, classes: int
) -> Iterator[Matrix]:
    """Yield T of each radial place, newest word first, then of the document context; each of shape (V, classes).

    Args:
        examples: encoded utterances; every counted prefix is an example of its target.
        vocabulary: V.
        radius: places of the radial context.
        target: what the prefixes predict: the lamp's turn, or the id of the next word (0 where nothing follows).
        classes: how many classes the target has.
    """
    for k in range(radius):
        yield _sum(examples, vocabulary, classes, target, partial(_place, radius=radius, k=k))
    yield _sum(examples, vocabulary, classes, target, _document)


def class_counts(examples: Examples, target: Target, classes: int) -> Matrix:
    """Return n, shape (classes,): the weight of the examples of each class."""
    counted = examples.counted()
    n = np.bincount(targets(examples, target)[counted], _weights(examples)[counted], classes)
    return n.astype(np.float64)


def targets(examples: Examples, target: Target) -> NDArray[np.int64]:
    """Return the class of every prefix, shape (utterances, longest)."""
    if target == "intent":
        return np.broadcast_to(examples.intents[:, None], examples.ids.shape).astype(np.int64)
    return np.pad(examples.ids, ((0, 0), (0, 1)))[:, 1:].astype(np.int64)


def _weights(examples: Examples) -> Matrix:
    return np.broadcast_to(examples.weights[:, None], examples.ids.shape).astype(np.float64)


Pairs = Iterator[tuple[NDArray[np.int32], NDArray[np.bool_], Matrix]]
"""Word ids that stand at a place of each prefix, which of them count, and with what share; (utterances, longest)."""


def _sum(
    examples: Examples, vocabulary: int, classes: int, target: Target, pairs: Callable[[Examples], Pairs]
) -> Matrix:
    table = np.zeros(vocabulary * classes)
    for part in examples.batches(BATCH):
        index = targets(part, target)
        weights = _weights(part)
        for words, counted, share in pairs(part):
            cells = words[counted].astype(np.int64) * classes + index[counted]
            table += np.bincount(cells, (weights * share)[counted], len(table))
    return table.reshape(vocabulary, classes)


def _place(part: Examples, radius: int, k: int) -> Pairs:
    yield windows(part.ids, radius)[..., k], part.counted(), np.ones(part.ids.shape)


def _document(part: Examples) -> Pairs:
    longest = part.ids.shape[1]
    share = np.round(1 / np.arange(1, longest + 1) / GRID) * GRID
    shares = np.broadcast_to(share, part.ids.shape)
    counted = part.counted()
    for back in range(longest):
        words = np.pad(part.ids, ((0, 0), (back, 0)))[:, :longest]
        yield words, counted & (np.arange(longest) >= back), shares
