"""The attention layer in numpy, and the explicit start of its matrix W: one pass over the examples, no gradient.

    Q_mj  = X_newest . X_mj                       comparisons of raw vectors, j = 1 ... k                (k,)
    A_m   = softmax(Q_m W[:k, :k])                weights of the positions                               (k,)
    H_m   = sum_j A_mj X_mj                       what was attended to                                   (D,)

k is the number of words so far, at most K; of more words the last K are attended to. arXiv 2311.07510, section
2.1, takes A = -log softmax(...) instead. Its section 2.3 asks, for next word i_m and decoder softmax(H U),

    V_mk  = [U_i_m - U softmax(H_m U)] . X_mk     how much more weight on position k would help the next word
    F     = Q^T (sign V + c)                                                                            (K, K)
    W_jk  = log F_jk - ((p - 1) / p) log sum_j F_jk,    p = log K, at least 1

which needs U, that needs W. So the first time log E stands in for U and the unigrams for the prediction (start-up);
then U is solved and V is computed with it (tuning). The constant c makes the logarithm exist; it is published as
2 (1 + 1/K) log N. Ours: the sign, which decides whether a helpful position gains weight; a smallest c; and since
sentences differ in length, a mean instead of the sum over prefixes,

    F_jk  = (mean of sign V_mk + c, weighted by Q_mj, where there is a position k) * (mean of Q_mj)

which is the same but for a factor where all are equally long, and becomes uniform attention as c grows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.context_counts import targets
from model.errors import ModelError
from model.examples import Examples, Ids
from model.explicit import Matrix

BATCH = 512
"""Utterances handled at once; bounds memory."""

MARGIN = 1.01
"""How far above the smallest possible c the chosen one lies."""

Directions = Callable[[Examples, NDArray[np.bool_]], Matrix]
"""Takes a batch and which prefixes count; returns [U_i_m - U softmax(H_m U)] of each of those, shape (M, D)."""


def position_index(longest: int, positions: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return where in its utterance each attended word of each prefix stands, and whether there is one.

    Both of shape (longest, K), the oldest word first; K is at most `longest`, as the rest would be empty.
    """
    K = min(positions, longest)
    newest = np.arange(longest)[:, None]
    first = np.maximum(newest - K + 1, 0)
    index = first + np.arange(K)
    return np.minimum(index, longest - 1), index <= newest


def compare(ids: Ids, E: Matrix, positions: int) -> Matrix:
    """Return Q, shape (utterances, longest, K): the newest word against each attended one, zero where there is none."""
    index, there = position_index(ids.shape[1], positions)
    X = E[ids]  # (utterances, longest, D)
    Q = np.einsum("nmd,nkd->nmk", X, X)[:, np.arange(ids.shape[1])[:, None], index]
    masked: Matrix = np.where(there, Q, 0.0)
    return masked


def position_weights(ids: Ids, E: Matrix, W: Matrix) -> Matrix:
    """Return A, shape (utterances, longest, K), K at most `longest`; W = 0 gives equal weights.

    Only the leading block of W is used where fewer than K words have been said.
    """
    Q = compare(ids, E, len(W))
    _, there = position_index(ids.shape[1], len(W))
    K = Q.shape[-1]
    logits = np.where(there, Q @ W[:K, :K], -np.inf)
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights: Matrix = shifted / shifted.sum(axis=-1, keepdims=True)
    return weights


def attended(ids: Ids, E: Matrix, A: Matrix) -> Matrix:
    """Return H = sum_j A_j X_j, shape (utterances, longest, D), for weights A of shape (utterances, longest, K)."""
    index, _ = position_index(ids.shape[1], A.shape[-1])
    H: Matrix = np.einsum("nmk,nmkd->nmd", A, E[ids[:, index]])
    return H


@dataclass(frozen=True)
class AttentionCounts:
    """Sums over prefixes from which W follows for any sign and c; sums of two parts are the sum of the whole."""

    criterion: Matrix
    """Q^T V, shape (K, K)."""

    comparisons: Matrix
    """Q^T 1, shape (K, K): what one unit of c adds."""

    prefixes: Matrix
    """How many prefixes have the position, shape (K,)."""

    def __add__(self, other: "AttentionCounts") -> "AttentionCounts":
        return AttentionCounts(
            self.criterion + other.criterion,
            self.comparisons + other.comparisons,
            self.prefixes + other.prefixes,
        )


def attention_counts(
    examples: Examples, E: Matrix, positions: int, directions: Directions
) -> AttentionCounts:
    """Return the counts of one pass.

    Args:
        examples: encoded utterances; each prefix whose next word was heard is an example of it.
        E: vectors, shape (V, D).
        positions: K.
        directions: `start_up` or `tuning`.
    """
    K = positions
    counts = AttentionCounts(np.zeros((K, K)), np.zeros((K, K)), np.zeros(K))
    for part in examples.batches(BATCH):
        counted = part.followed()
        index, there = position_index(part.ids.shape[1], K)
        Q = compare(part.ids, E, K)[counted]  # (M, k)
        words = part.ids[:, index][counted]  # (M, k)
        real = np.broadcast_to(there, (len(part), *there.shape))[counted].astype(np.float64)  # (M, k)
        V = np.einsum("md,mkd->mk", directions(part, counted), E[words]) * real
        weights = np.repeat(part.weights.astype(np.float64), counted.sum(axis=1))[:, None]
        k = Q.shape[1]
        sums = ((weights * Q).T @ V, (weights * Q).T @ real, (weights * real).sum(axis=0))
        counts += AttentionCounts(*(np.pad(s, (0, K - k)) for s in sums))
    return counts


def start_up(E: Matrix, unigrams: Matrix) -> Directions:
    """Return the directions before there is a decoder: log E_i_m - sum_i p_i log E_i.

    Args:
        E: vectors, shape (V, D), every entry above zero.
        unigrams: p, share of each next word, shape (V,).
    """
    logs = np.log(E) - unigrams @ np.log(E)
    return lambda part, counted: logs[targets(part, "next word")[counted]]


def tuning(E: Matrix, W: Matrix, U: Matrix, b: Matrix) -> Directions:
    """Return the directions for decoder softmax(H U + b), shapes (D, V) and (V,), with attention as it is now."""

    def directions(part: Examples, counted: NDArray[np.bool_]) -> Matrix:
        H = attended(part.ids, E, position_weights(part.ids, E, W))[counted]
        logits = H @ U + b
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        following = targets(part, "next word")[counted]
        D: Matrix = U.T[following] - (p / p.sum(axis=1, keepdims=True)) @ U.T
        return D

    return directions


def published_constant(positions: int, vocabulary: int) -> float:
    """Return c = 2 (1 + 1/K) log N (arXiv 2311.07510, section 2.4)."""
    return 2.0 * (1.0 + 1.0 / positions) * float(np.log(vocabulary))


def smallest_constant(counts: AttentionCounts, sign: float) -> float:
    """Return a c just large enough for every logarithm to exist."""
    seen = counts.comparisons > 0
    return MARGIN * max(0.0, float((-sign * counts.criterion[seen] / counts.comparisons[seen]).max())) + 1e-6


def attention_weights(counts: AttentionCounts, sign: float, c: float) -> Matrix:
    """Return W, shape (K, K); where no prefix has both positions it is zero.

    Args:
        counts: of any number of examples.
        sign: 1 gives a helpful position more weight under softmax, -1 less (the other way round under -log softmax).
        c: added to each V.

    Raises:
        ModelError: c is too small for the logarithm to exist.
    """
    seen = counts.comparisons > 0
    mean = (sign * counts.criterion + c * counts.comparisons) / np.where(seen, counts.comparisons, 1.0)
    if (mean[seen] <= 0).any():
        raise ModelError(
            f"With c = {c:g} a logarithm does not exist; {smallest_constant(counts, sign):g} is enough."
        )
    # The first position is there in every prefix, so its column knows all comparisons.
    compared = counts.comparisons[:, :1] / np.maximum(counts.prefixes, 1.0)[:, None]  # (K, 1)
    F = np.where(seen, mean * compared, 0.0)
    p = max(float(np.log(len(F))), 1.0)
    column = F.sum(axis=0)
    logs = np.log(np.where(seen, F, 1.0)) - (p - 1) / p * np.log(np.where(column > 0, column, 1.0))
    W: Matrix = np.where(seen, logs, 0.0)
    return W
