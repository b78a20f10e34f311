"""Logistic regression on the presence of n-grams of one to three words: the peer to beat.

An utterance is the set of its n-grams, start and end token included, so word order near both ends is seen. One
variant learns from whole utterances only, and hears prefixes as if they were short utterances without an end; the
other learns from every prefix, like our own model.
"""

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from benchmarks.peers.peer import Words
from model.calibrate import Trace
from model.examples import Utterance
from model.folds import fold_numbers
from model.intent import INTENTS, Intent
from model.recipe import FineTune, Recipe
from model.vocabulary import END, START

HELD_OUT_FOLDS = 5
"""A fifth of the utterances that count most is held out to choose C."""

HELD_OUT_SEED = 1_000_000


@dataclass(frozen=True)
class Logistic:
    """Weights of n-grams."""

    columns: dict[str, int]
    """Row of the weights for each n-gram."""

    weights: NDArray[np.float32]
    """Shape (n-grams, 3), in the order of INTENTS."""

    bias: NDArray[np.float32]
    """Shape (3,)."""

    C: float
    """Inverse strength of regularisation that was chosen."""

    @property
    def parameters(self) -> int:
        """Weights and bias."""
        return self.weights.size + self.bias.size

    @property
    def bytes(self) -> int:
        """4 bytes a weight and the text of the n-grams."""
        return 4 * self.parameters + sum(len(gram.encode()) + 1 for gram in self.columns)

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return P(lamp) after every word and after the end of each utterance."""
        return [self.stream(words) for words in sentences]

    def stream(self, words: Words) -> Trace:
        """Return the same for one; what is remembered is two words, the logits and which n-grams they hold."""
        logits = np.empty((len(words) + 1, 3), np.float64)
        z = self.bias.astype(np.float64)
        heard: set[int] = set()
        for row, grams in zip(logits, new_grams((*words, END)), strict=True):
            for gram in grams:
                column = self.columns.get(gram)
                if column is not None and column not in heard:
                    heard.add(column)
                    z = z + self.weights[column]
            row[:] = z
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        trace: Trace = (e / e.sum(axis=1, keepdims=True)).astype(np.float32)
        return trace


def new_grams(tokens: Words) -> Iterator[list[str]]:
    """Yield, for every token, the n-grams that end with it."""
    before, last = "", START
    for token in tokens:
        grams = [token, f"{last} {token}"]
        if before:
            grams.append(f"{before} {last} {token}")
        yield grams
        before, last = last, token


@dataclass(frozen=True)
class Rows:
    """Every different prefix with each of its labels."""

    features: csr_matrix
    """Which n-grams a prefix holds, shape (rows, n-grams)."""

    labels: NDArray[np.int64]
    """Index into INTENTS, shape (rows,)."""

    weights: NDArray[np.float64]
    """Sum of the weights of the utterances that begin so, shape (rows,)."""

    kept_weights: NDArray[np.float64]
    """The same without those held out."""


@dataclass(frozen=True)
class LogisticRecipe:
    """How the regression is made."""

    prefixes: bool
    """Whether to learn from every prefix or from whole utterances only."""

    regularisation: tuple[float, ...]
    """Values of C that are tried, in rising order; each starts from the solution of the one before."""

    final_weight: float = FineTune().final_weight
    """How many times a whole utterance counts compared with a prefix of it."""

    fewest: int = 2
    """Utterances an n-gram must occur in."""

    longest: int = Recipe().longest
    """Words of an utterance whose prefixes are trained on."""

    iterations: int = 60
    """Of L-BFGS for each C, at most; the last fit goes on from the best of them for twice as many."""

    tolerance: float = 3e-6
    """Largest component of the gradient, for a total weight of one, at which L-BFGS stops."""

    def fit(self, utterances: Sequence[Utterance], seed: int) -> Logistic:
        """Choose C on a fifth of the utterances that count most, near-duplicates together; then train on all."""
        held = held_out(utterances, seed)
        columns = columns_of(utterances, self.fewest)
        rows = self.rows(utterances, columns, held)
        judged = [u for u in utterances if u.words in held]
        regression = LogisticRegression(tol=self.tolerance, warm_start=True)

        def model(C: float, weights: NDArray[np.float64], iterations: int) -> Logistic:
            used = weights > 0
            regression.C, regression.max_iter = C, iterations
            with warnings.catch_warnings():
                # Stopping after so many is meant.
                warnings.simplefilter("ignore", ConvergenceWarning)
                regression.fit(rows.features[used], rows.labels[used], sample_weight=weights[used])
            coefficients, bias = regression.coef_.T, regression.intercept_
            return Logistic(columns, coefficients.astype(np.float32), bias.astype(np.float32), C)

        tried = [(C, model(C, rows.kept_weights, self.iterations)) for C in self.regularisation]
        best, start = max(tried, key=lambda pair: self._likelihood(pair[1], judged))
        regression.coef_, regression.intercept_ = start.weights.T.copy(), start.bias.copy()
        return model(best, rows.weights, 2 * self.iterations)

    def rows(self, utterances: Sequence[Utterance], columns: dict[str, int], held: set[Words]) -> Rows:
        """Return what to learn from; equal prefixes with equal labels share a row."""
        weights: dict[tuple[Words, Intent], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for u in utterances:
            for prefix, weight in self._examples(u):
                sums = weights[prefix, u.intent]
                sums[0] += weight
                sums[1] += weight * (u.words not in held)
        features: dict[Words, list[int]] = {(): []}
        for prefix, _ in weights:
            for length, grams in enumerate(new_grams(prefix), start=1):
                if prefix[:length] not in features:
                    new = [columns[gram] for gram in grams if gram in columns]
                    features[prefix[:length]] = [*features[prefix[: length - 1]], *new]
        sets = [sorted(set(features[prefix])) for prefix, _ in weights]
        starts = np.cumsum([0, *map(len, sets)], dtype=np.int32)
        indices = np.fromiter(chain.from_iterable(sets), np.int32, count=starts[-1])
        matrix = csr_matrix(
            (np.ones(len(indices), np.float32), indices, starts), shape=(len(sets), len(columns))
        )
        labels = np.array([INTENTS.index(intent) for _, intent in weights])
        totals = np.array(list(weights.values()))
        return Rows(matrix, labels, totals[:, 0], totals[:, 1])

    def _examples(self, u: Utterance) -> Iterator[tuple[Words, float]]:
        if self.prefixes:
            for length in range(u.since + 1, min(len(u.words), self.longest) + 1):
                yield u.words[:length], u.weight
            if u.finished and len(u.words) <= self.longest:
                yield (*u.words, END), u.weight * self.final_weight
        else:
            yield (*u.words, *([END] if u.finished else [])), u.weight

    def _likelihood(self, model: Logistic, utterances: Sequence[Utterance]) -> float:
        """Return the mean log probability of the intent over what this variant learns from."""
        logs, weights = [], []
        for u, trace in zip(utterances, model.hear_all([u.words for u in utterances]), strict=True):
            right = np.log(trace[:, INTENTS.index(u.intent)] + 1e-12)
            for prefix, weight in self._examples(u):
                logs.append(right[len(prefix) - 1])
                weights.append(weight)
        return float(np.average(logs, weights=weights))


def held_out(utterances: Sequence[Utterance], seed: int) -> set[Words]:
    """Return a fifth of the utterances that count most (people's own requests), near-duplicates together."""
    most = max(u.weight for u in utterances)
    real = [u for u in utterances if u.weight == most]
    # Not the seed itself: the benchmark divides the same requests by it.
    numbers = fold_numbers(real, HELD_OUT_FOLDS, HELD_OUT_SEED + seed)
    return {u.words for u, number in zip(real, numbers, strict=True) if number == 0}


def columns_of(utterances: Sequence[Utterance], fewest: int) -> dict[str, int]:
    """Number the n-grams that at least `fewest` utterances hold."""
    occurrences = Counter(
        chain.from_iterable(set(chain.from_iterable(new_grams((*u.words, END)))) for u in utterances)
    )
    kept = sorted(gram for gram, count in occurrences.items() if count >= fewest)
    return {gram: column for column, gram in enumerate(kept)}


SENTENCES = LogisticRecipe(prefixes=False, regularisation=(0.3, 1.0, 3.0, 10.0))
PREFIXES = LogisticRecipe(prefixes=True, regularisation=(0.3, 1.0, 3.0))
