"""Logistic regression on n-grams, refitted every night: what somebody would try first."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from benchmarks.peers.logistic import PREFIXES, columns_of, new_grams
from model.examples import Utterance
from model.intent import ACTIONS, Intent
from model.phrases import sample_phrases
from model.vocabulary import END, split_words
from runtime.brain import Brain
from runtime.decision import Probabilities
from runtime.learning.learner import STRENGTH
from runtime.lesson import Source
from runtime.service import Service

CAP: Final = 4
"""Phrases from each of the project's templates."""

TALK: Final = 1_500
"""Overheard utterances beside them, from meetings that no household hears."""

JUDGED: Final = 4_000
"""Others, from the same meetings, on which thresholds are set."""

C: Final = 3.0
"""Inverse strength of regularisation."""

BUDGET: Final = 0.0005
"""Share of overheard talk that may switch the lamp before it has learned anything."""

HOUSEHOLD_WEIGHT: Final = 10.0
"""How many phrases of the background a lesson counts for."""

ITERATIONS: Final = 40
"""Of L-BFGS at most each night, from the weights of the night before."""


@dataclass
class NgramModel:
    """A step model whose state is the sum of the weights of the n-grams heard, each once."""

    columns: dict[str, int]
    """Row of the weights for each n-gram."""

    weights: NDArray[np.float64]
    """Shape (n-grams, 3), in the order of INTENTS."""

    bias: NDArray[np.float64]
    """Shape (3,)."""

    def start(self) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Nothing heard."""
        return (), self.bias

    def step(
        self, state: tuple[tuple[str, ...], NDArray[np.float64]], word: str
    ) -> tuple[Probabilities, tuple[tuple[str, ...], NDArray[np.float64]]]:
        """Read one word, or the end token."""
        heard, z = state
        before = (*heard, word)
        known = {gram for grams in new_grams(heard) for gram in grams} if heard else set()
        *_, grams = new_grams(before)
        for gram in grams:
            column = self.columns.get(gram)
            if column is not None and gram not in known:
                z = z + self.weights[column]
        e = np.exp(z - z.max())
        e /= e.sum()
        return (float(e[0]), float(e[1]), float(e[2])), (before, z)


@dataclass(frozen=True)
class Background:
    """What is known before any household: phrases of the project and some overheard talk."""

    columns: dict[str, int]
    """Of n-grams."""

    features: csr_matrix
    """Prefixes of the background, shape (rows, n-grams)."""

    labels: NDArray[np.int64]
    """Index into INTENTS, shape (rows,)."""

    weights: NDArray[np.float64]
    """Shape (rows,)."""

    model: NgramModel
    """Fitted to it."""

    thresholds: tuple[dict[Intent, float], dict[Intent, float]]
    """For partials and for finals, with each of which a share BUDGET of overheard talk switches the lamp."""


def background(talk: Sequence[Sequence[tuple[str, ...]]], seed: int = 0) -> Background:
    """Fit the background and set thresholds on talk.

    Args:
        talk: utterances by meeting, of meetings that no household hears.
    """
    random = np.random.default_rng(seed)
    spoken = [words for meeting in talk for words in meeting]
    drawn = [spoken[k] for k in random.permutation(len(spoken))[: TALK + JUDGED]]
    said = [Utterance(split_words(p.text), p.intent) for p in sample_phrases(seed, CAP)]
    said += [Utterance(words, "none") for words in drawn[:TALK]]
    columns = columns_of(said, 2)
    rows = PREFIXES.rows(said, columns, set())
    start = NgramModel(columns, np.zeros((len(columns), 3)), np.zeros(3))
    model = _fit(start, rows.features, rows.labels, rows.weights, 3 * ITERATIONS)
    peaks = np.array([_peaks(model, words) for words in drawn[TALK:]])
    partial, final = np.clip(np.quantile(peaks, 1 - BUDGET, axis=0), 0.6, 0.999).tolist()
    thresholds = (dict.fromkeys(ACTIONS, partial), dict.fromkeys(ACTIONS, final))
    return Background(columns, rows.features, rows.labels, rows.weights, model, thresholds)


def _peaks(model: NgramModel, words: tuple[str, ...]) -> tuple[float, float]:
    """The largest probability of an action after any word, and the one at the end."""
    state, highest = model.start(), 0.0
    for word in words:
        probabilities, state = model.step(state, word)
        highest = max(highest, *probabilities[:2])
    ended, _ = model.step(state, END)
    return highest, max(ended[:2])


def _fit(
    start: NgramModel,
    features: csr_matrix,
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    iterations: int,
) -> NgramModel:
    regression = LogisticRegression(C=C, tol=1e-4, max_iter=iterations, warm_start=True)
    regression.classes_ = np.arange(3)
    regression.coef_, regression.intercept_ = start.weights.T.copy(), start.bias.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping after so many is meant
        regression.fit(features, labels, sample_weight=weights)
    return NgramModel(start.columns, regression.coef_.T.astype(np.float64), regression.intercept_)


class LogisticTeacher:
    """Remembers labels and learns them at night."""

    def __init__(self, service: Service, background: Background) -> None:
        """Put the background's regression into service."""
        self._service = service
        self._background = background
        self._model = background.model
        self._lessons: dict[int, Utterance] = {}
        service.change(self._in_service)

    def teach(self, utterance: int, words: tuple[str, ...], intent: Intent, source: Source) -> str | None:
        """Remember; the newest label of an utterance holds."""
        if words:
            self._lessons[utterance] = Utterance(words, intent, HOUSEHOLD_WEIGHT * STRENGTH[source])
        return None

    def unteach(self, utterance: int) -> None:
        """Forget."""
        self._lessons.pop(utterance, None)

    def silence(self, utterance: int, words: tuple[str, ...]) -> None:
        """Talk is in the background."""

    def refit(self) -> None:
        """Fit to the background and all labels."""
        if not self._lessons:
            return
        said = list(self._lessons.values())
        columns = dict(self._model.columns)
        for gram in columns_of(said, 1):
            columns.setdefault(gram, len(columns))
        known = len(self._model.columns)
        weights = np.vstack([self._model.weights, np.zeros((len(columns) - known, 3))])
        start = NgramModel(columns, weights, self._model.bias)
        rows = PREFIXES.rows(said, columns, set())
        below = self._background
        wide = below.features.copy()
        wide.resize(wide.shape[0], len(columns))
        self._model = _fit(
            start,
            vstack([wide, rows.features]).tocsr(),
            np.concatenate([below.labels, rows.labels]),
            np.concatenate([below.weights, rows.weights]),
            ITERATIONS,
        )
        self._service.change(self._in_service)

    def _in_service(self, brain: Brain) -> Brain:
        partial, final = self._background.thresholds
        policy = replace(brain.policy, thresholds=partial, final_thresholds=final)
        return replace(brain, session=self._model, policy=policy)
