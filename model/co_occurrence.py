"""Co-occurrence vectors: a word is what stands around it.

The bit cipher tells words apart and says nothing of what they mean. Summing the cipher vectors of a word's
neighbours, one sum for each place around it, gives words of like surroundings like vectors (arXiv 2311.11012 in
the account of its author's talk; the exact weighting of that paper is not known to us):

    C_p   = T_p Z          T_p[v, w] = how often word w stood at place p around word v         (V, d)
    S     = [C_-r, ..., C_-1, C_1, ..., C_r]                                              (V, 2 r d)
    v_w   = ratio E_w + (1 - ratio) S_w / |S_w|, then densified                       (V, D), D = 2 r d

with Z the cipher vectors of d bits and E those of D bits, the identity of the word. S is a sum over examples:
it adds, subtracts and merges exactly while weights are whole numbers. Numpy only, one pass.
"""

from itertools import islice

import numpy as np

from model.bit_cipher import cipher_vectors, densify
from model.context_counts import GRID, context_tables
from model.errors import ModelError
from model.examples import Examples
from model.explicit import Matrix


def neighbour_sums(examples: Examples, vocabulary: int, bits: int, radius: int) -> Matrix:
    """Return S, shape (V, D): the neighbours' cipher vectors, farthest place before the word first.

    Args:
        examples: encoded utterances; start tokens, as many as places, and the end are neighbours too.
        vocabulary: V.
        bits: D; each of the 2 r places gets D / 2 r of them.
        radius: r, places to each side.

    Raises:
        ModelError: the bits cannot be shared out evenly, or a place gets too few to tell the words apart.
    """
    if radius < 1 or bits % (2 * radius):
        raise ModelError(f"{bits} bits cannot be shared evenly by the places of a radius of {radius} words.")
    Z = np.round(cipher_vectors(vocabulary, bits // (2 * radius)) / GRID) * GRID  # (V, d)
    before: list[Matrix] = []
    after: list[Matrix] = []
    # The table at distance k counts word v, k + 1 places before word i: read one way it tells what follows v,
    # read the other way what comes before i.
    first = examples.since == 0
    begin = np.bincount(examples.ids[first, 0], examples.weights[first], vocabulary)
    for table in islice(context_tables(examples, vocabulary, radius, "next word", vocabulary), radius):
        table[0] += begin  # a first word follows start tokens, and no prefix of words tells that
        after.append(table @ Z)
        before.append(table.T @ Z)
    return np.concatenate([*reversed(before), *after], axis=1)


def co_occurrence_vectors(sums: Matrix, frequencies: Matrix, ratio: float) -> Matrix:
    """Return the vectors, shape (V, D): non-negative, every entry above zero, rows of 1-norm one.

    Args:
        sums: S as `neighbour_sums` returns it.
        frequencies: how often each id occurs, shape (V,); not all zero.
        ratio: how much of a vector is the word's own cipher vector, 0 to 1; at 1 nothing else is left.
    """
    V, D = sums.shape
    identity = cipher_vectors(V, D)
    norms = sums.sum(axis=1, keepdims=True)
    # A word without neighbours is only itself.
    company = np.where(norms > 0, sums / np.where(norms > 0, norms, 1.0), identity)
    return densify(ratio * identity + (1.0 - ratio) * company, frequencies)
