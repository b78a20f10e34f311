"""The figures of the comparison, from traces alone.

An action's evidence is log P(action) - log(1 - P(action)), with 1 - P as the sum of the other two, so that nothing is
lost where P is close to one. A threshold is put just above the evidence of the utterances that may no longer fire:
it is the lowest one for a number of false activations. Where at most so many are allowed, the number that finds most
commands is taken, for every peer alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.protocol import Heard
from model.calibrate import Trace
from model.intent import ACTIONS, INTENTS

WORDS_AN_HOUR = 10_000
"""What an hour of conversation holds."""

BINS = 15
"""Of equal width, between the probabilities 0 and 1."""

LIKELY = 0.05
"""Probability from which calibration is also told apart: most prefixes are far below, and easy."""

TINY = 1e-60
"""Below every probability that float32 can hold; keeps logarithms finite."""

NONE = INTENTS.index("none")

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Evidence for the two actions after every word of several utterances, all folds of a seed together."""

    intents: NDArray[np.int8]
    """Index into INTENTS of each utterance's label."""

    evidence: list[Array]
    """For each utterance, shape (words + 1, 2); the last row is the end."""

    partial_peaks: Array
    """Highest evidence for any action over the words of each utterance."""

    final_peaks: Array
    """The same at its end."""

    @classmethod
    def of(cls, parts: Sequence[Heard]) -> "Judged":
        """Take the traces of all folds together."""
        evidence = [evidence_of(trace) for heard in parts for trace in heard.traces()]
        return cls(
            np.concatenate([heard.intents for heard in parts]),
            evidence,
            np.array([e[:-1].max() for e in evidence]),
            np.array([e[-1].max() for e in evidence]),
        )


@dataclass(frozen=True)
class Thresholds:
    """Evidence at which the lamp acts."""

    partial: float
    """While somebody speaks; infinite for a lamp that waits for the end."""

    final: float
    """At the end."""


NO_CHOICE = Thresholds(np.inf, 0.0)
"""For a peer without probabilities: what it says at the end is done."""


@dataclass(frozen=True)
class Outcome:
    """What a lamp with given thresholds would have done with labelled requests."""

    commands: int
    """Requests for light or dark."""

    decided: NDArray[np.int32]
    """Words heard when a command was rightly decided, the end counting as one more; 0 where it was not."""

    lengths: NDArray[np.int32]
    """Words of each command."""

    wrong_intent: int
    """Commands decided as the opposite."""

    early_wrong_intent: int
    """How many of those before their last word."""

    others: int
    """Requests that ask for nothing."""

    false_activations: int
    """How many of them fired."""

    early_false_activations: int
    """How many of those before their last word."""

    @property
    def recall(self) -> float:
        """Share of commands decided rightly."""
        return float((self.decided > 0).mean())

    @property
    def early(self) -> float:
        """Share of commands decided rightly before their last word."""
        return float(((self.decided > 0) & (self.decided < self.lengths)).mean())

    @property
    def words_saved(self) -> float:
        """Mean number of words still to come when a command was rightly decided."""
        right = self.decided > 0
        return float(np.maximum(self.lengths - self.decided, 0)[right].mean()) if right.any() else 0.0

    @property
    def early_errors(self) -> float:
        """Share of all requests acted on wrongly before the last word."""
        return (self.early_wrong_intent + self.early_false_activations) / (self.commands + self.others)


def evidence_of(trace: Trace) -> Array:
    """Return the evidence for the two actions, shape (rows, 2)."""
    p = trace.astype(np.float64)
    others = [np.delete(p, action, axis=1).sum(axis=1) for action in range(len(ACTIONS))]
    odds = np.log(p[:, : len(ACTIONS)] + TINY) - np.log(np.stack(others, axis=1) + TINY)
    heard: Array = np.where(p.sum(axis=1, keepdims=True) > 0, odds, np.log(TINY))
    return heard


def allowed(one_in: int, requests: Judged) -> int:
    """Return how many false activations 1 in `one_in` of the requests that ask for nothing are, rounded down."""
    return int((requests.intents == NONE).sum()) // one_in


def streaming(requests: Judged, budget: int) -> Thresholds:
    """Return one threshold for words and end, the lowest that at most `budget` other requests reach."""
    quiet = requests.intents == NONE
    threshold = above(np.maximum(requests.partial_peaks, requests.final_peaks)[quiet], budget)
    return Thresholds(threshold, threshold)


def streaming_apart(requests: Judged, budget: int) -> Thresholds:
    """Return two thresholds: half of the budget (rounded down) for words, what is left of it for the end."""
    quiet = requests.intents == NONE
    partial = above(requests.partial_peaks[quiet], budget // 2)
    still_quiet = quiet & (requests.partial_peaks < partial)
    spent = int(quiet.sum() - still_quiet.sum())
    return Thresholds(partial, above(requests.final_peaks[still_quiet], budget - spent))


def whole_sentence(requests: Judged, budget: int) -> Thresholds:
    """Return a threshold for the end only."""
    return Thresholds(np.inf, above(requests.final_peaks[requests.intents == NONE], budget))


def best(requests: Judged, choose: Callable[[Judged, int], Thresholds], budget: int) -> Thresholds:
    """Return the thresholds that find most commands of those for 0 to `budget` false activations, or the first such.

    More is not always better: a lower threshold also lets more commands begin as the opposite.
    """
    tried = [choose(requests, spent) for spent in range(budget + 1)]
    return max(tried, key=lambda thresholds: outcome(requests, thresholds).recall)


def above(peaks: Array, budget: int) -> float:
    """Return the lowest threshold that at most `budget` of the peaks reach."""
    if budget >= len(peaks):
        return -np.inf
    return float(np.nextafter(np.sort(peaks)[::-1][budget], np.inf))


def outcome(requests: Judged, thresholds: Thresholds) -> Outcome:
    """Let a lamp with these thresholds hear the requests; the first crossing decides."""
    commands = requests.intents != NONE
    lengths = np.array([len(evidence) - 1 for evidence in requests.evidence], np.int32)
    decided = np.zeros(len(lengths), np.int32)
    wrong, false = [], []
    for index in np.flatnonzero(fires(requests, thresholds)):
        word, action = first_crossing(requests.evidence[index], thresholds)
        if requests.intents[index] == NONE:
            false.append(word < lengths[index])
        elif requests.intents[index] != action:
            wrong.append(word < lengths[index])
        else:
            decided[index] = word
    return Outcome(
        int(commands.sum()),
        decided[commands],
        lengths[commands],
        len(wrong),
        sum(wrong),
        int((~commands).sum()),
        len(false),
        sum(false),
    )


def first_crossing(evidence: Array, thresholds: Thresholds) -> tuple[int, int]:
    """Return after how many words, from 1, an action first reaches its threshold, and which of the two.

    The end counts as one word more. For evidence that reaches it somewhere.
    """
    limits = np.full((len(evidence), 1), thresholds.partial)
    limits[-1] = thresholds.final
    row = int((evidence >= limits).any(axis=1).argmax())
    return row + 1, int(evidence[row].argmax())


def fires(judged: Judged, thresholds: Thresholds) -> NDArray[np.bool_]:
    """Return which utterances fire at all."""
    return (judged.partial_peaks >= thresholds.partial) | (judged.final_peaks >= thresholds.final)


def an_hour(talk: Judged, thresholds: Thresholds) -> float:
    """Return how often overheard talk fires in an hour of it."""
    hours = sum(len(evidence) - 1 for evidence in talk.evidence) / WORDS_AN_HOUR
    return float(fires(talk, thresholds).sum() / hours)


@dataclass(frozen=True)
class Reliability:
    """Probabilities of the two actions against what was right, in bins of equal width."""

    counts: Array
    """Prefixes in each bin, times two: one for each action."""

    predicted: Array
    """Sum of their probabilities."""

    true: Array
    """How often the action was the right one."""

    likely_gap: float
    """Mean gap over the prefixes whose probability is at least LIKELY, binned alike."""

    @property
    def error(self) -> float:
        """Expected calibration error, class-wise: the gap between the two in each bin of an action's probabilities,
        weighted by its prefixes (Kull et al. 2019, arXiv 1910.12656, with both actions in the same bins)."""
        return float(np.abs(self.predicted - self.true).sum() / self.counts.sum())


def reliability(parts: Sequence[Heard]) -> Reliability:
    """Return the reliability over every word and end of requests."""
    p = np.concatenate([heard.rows[:, : len(ACTIONS)] for heard in parts]).astype(np.float64)  # (rows, 2)
    labels = np.concatenate([np.repeat(heard.intents, heard.lengths + 1) for heard in parts])
    right = labels[:, None] == np.arange(len(ACTIONS))

    def in_bins(place: NDArray[np.int64], weights: Array) -> Array:
        return np.bincount(place, weights, BINS).astype(np.float64)

    def bins(p: Array, right: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
        place = np.minimum((p * BINS).astype(int), BINS - 1)
        return in_bins(place, np.ones(len(p))), in_bins(place, p), in_bins(place, right.astype(np.float64))

    likely = p >= LIKELY
    some, predicted, true = bins(p[likely], right[likely])
    gap = float(np.abs(predicted - true).sum() / max(some.sum(), 1))
    return Reliability(*bins(p.ravel(), right.ravel()), gap)
