"""Which n-grams to keep, and the weights that fit best: logistic regression on sparse counts. Numpy only.

Counts F_gi say in how many examples of class i the n-gram g occurs. Kept are the n-grams that tell most about the
class, by the likelihood ratio statistic (Dunning 1993)

    G2_g = 2 sum_i F_gi log( F_gi / (F_g p_i) ),    p_i share of class i

Their weights V and a bias a are the only minimum of

    sum_m c_m (-log softmax(V^T x_m + a)_{y_m}) + PRIOR / 2 |V|^2

over examples m, x_m the counts of n-grams in it and c_m its weight.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.evidence import Array, softmax
from model.explicit import Counts, Matrix
from model.intent import ACTIONS, INTENTS
from model.lbfgs import minimise

Indices = NDArray[np.int64]


CLASSES = len(INTENTS)


@dataclass(frozen=True)
class Occurrences:
    """Which n-gram stands in which utterance; every utterance has at least the bias, so none is empty."""

    columns: NDArray[np.int64]
    """Index of an n-gram, or their number for the bias; one entry for each occurrence, utterance by utterance."""

    begins: NDArray[np.int64]
    """Index of each utterance's first entry, shape (utterances,)."""

    size: int
    """N + 1, the bias included."""

    def times(self, V: Matrix) -> Matrix:
        """Return X V, shape (utterances, 3), for V of shape (N + 1, 3)."""
        product: Matrix = np.add.reduceat(V[self.columns], self.begins, axis=0)
        return product

    def transposed_times(self, G: Matrix) -> Matrix:
        """Return X^T G, shape (N + 1, 3), for G of shape (utterances, 3)."""
        lengths = np.diff(self.begins, append=len(self.columns))
        spread = np.repeat(G, lengths, axis=0)
        return np.stack([np.bincount(self.columns, column, self.size) for column in spread.T], axis=1)


def most_telling(
    keys: Indices,
    rows: Indices,
    intents: NDArray[np.int32],
    weights: NDArray[np.float32],
    most: int,
    fewest: int,
) -> tuple[Indices, Counts]:
    """Return the n-grams that are kept, ascending, and in how many examples of each class they occur.

    Args:
        keys: number of every n-gram, in any order.
        rows: the example that it stands in, of the same shape.
        intents: class of each example.
        weights: of each example.
        most: n-grams that are kept, at most.
        fewest: examples that an n-gram must occur in.
    """
    names, index = np.unique(keys, return_inverse=True)
    pairs = np.sort(index * len(intents) + rows)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]  # once an example, however often it occurs there
    index, rows = np.divmod(pairs, len(intents))
    occurrences = np.bincount(index, minlength=len(names))
    cells = index * CLASSES + intents[rows]
    each = weights[rows].astype(np.float64)
    F = np.bincount(cells, each, len(names) * CLASSES).reshape(-1, CLASSES).astype(np.float64)
    classes = np.bincount(intents, weights, CLASSES).astype(np.float64)
    expected = F.sum(axis=1, keepdims=True) * (classes / classes.sum())
    ratio = np.log(F, where=F > 0, out=np.zeros_like(F)) - np.log(np.maximum(expected, 1e-300))
    G2 = 2 * np.where(F > 0, F * ratio, 0).sum(axis=1)
    often = np.flatnonzero(occurrences >= fewest)
    kept = np.sort(often[np.argsort(-G2[often], kind="stable")[:most]])
    return names[kept], Counts(F[kept], classes)


def located(kept: Indices, keys: Indices, rows: Indices, examples: int) -> Occurrences:
    """Return where the n-grams `kept`, ascending, stand in examples, each as often as it does.

    Args:
        kept: numbers of n-grams.
        keys: number of every n-gram that there is, in any order.
        rows: the example that it stands in, of the same shape.
        examples: how many there are.
    """
    place = np.minimum(np.searchsorted(kept, keys), max(len(kept) - 1, 0))
    there = kept[place] == keys if len(kept) else np.zeros(len(keys), np.bool_)
    rows = np.concatenate([rows[there], np.arange(examples)])
    columns = np.concatenate([place[there], np.full(examples, len(kept))])
    order = np.argsort(rows, kind="stable")
    return Occurrences(columns[order], np.searchsorted(rows[order], np.arange(examples)), len(kept) + 1)


def descended(
    X: Occurrences,
    intents: NDArray[np.int32],
    weights: Matrix,
    start: Matrix,
    prior: Matrix,
    iterations: int,
    tolerance: float,
    said: Matrix | None = None,
) -> Matrix:
    """Return V and, as last row, a: shape (N + 1, 3), the minimum reached from `start`.

    Args:
        X: which n-grams each example has.
        intents: y, class of each example.
        weights: c, of each example.
        start: where to begin, of the shape of what is returned.
        prior: how firmly each n-gram, and the bias, is held to zero, shape (N + 1, 1).
        iterations: of the descent, at most.
        tolerance: largest component of the gradient, in examples, at which it stops.
        said: logits of shape (examples, 3) that are there already and come on top.
    """
    there = np.zeros((1, CLASSES)) if said is None else said
    c = weights[:, None]
    Y = np.eye(CLASSES)[intents]

    def loss(v: Matrix) -> tuple[float, Matrix]:
        V = v.reshape(X.size, CLASSES)
        P = softmax(there + X.times(V))
        value = -(c * Y * np.log(P + 1e-300)).sum() + (prior * V * V).sum() / 2
        return float(value), (X.transposed_times(c * (P - Y)) + prior * V).ravel()

    best = minimise(loss, start.ravel().copy(), iterations, tolerance)
    return best.reshape(X.size, CLASSES)


def for_actions(V: Matrix) -> Array:
    """Return what weights of shape (N, 3) are for light_on and light_off, shape (N, 2), once all three sum to zero: a
    number added to all three logits changes nothing."""
    centred = V - V.mean(axis=1, keepdims=True)
    return np.ascontiguousarray(centred[:, : len(ACTIONS)]).astype(np.float32)
