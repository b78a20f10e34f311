"""Temperatures, offsets and thresholds from held-out utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.intent import ACTIONS, INTENTS, Intent
from model.lbfgs import minimise

Rows = NDArray[np.float64]

Trace = NDArray[np.float32]
"""P(lamp) after every word of one utterance and after its end, shape (words + 1, 3), in the order of INTENTS."""

LOWEST_THRESHOLD = 0.6
"""Below this an intent is hardly likelier than not; no budget makes the lamp act on less."""

PARTIAL_SHARE = 1 / 8
"""Of a budget: a light that changes in the middle of somebody's sentence is the worse mistake."""

TAIL = 200
"""Utterances that ask for nothing and come closest to firing, from which it is estimated how often others would."""

TAIL_SHARE = 0.1
"""No more of all utterances than this belong to the tail."""

SHORTEST_TAIL = 10
"""Of fewer utterances no tail is estimated; they are counted."""

FEWEST = 0.5
"""Utterances that a threshold allows, at least: a few hundred, as of a household that begins from zero, do not tell
what one in thousands would do, and a lamp that waits for such a certainty never acts."""

HIGHEST_THRESHOLD = 0.999
"""Above this a threshold would ask for more certainty than a probability from so few examples can mean."""

ABOVE = 0.001
"""A threshold lies this much above the probability that too many reach, since several may show just that one."""

TOWARDS_ACTION = np.array([float(intent in ACTIONS) for intent in INTENTS])

PRIOR = 0.1
"""How firmly temperature and offset are held to one and zero, in utterances: two numbers from few examples."""

STEPS = 200
"""Of the search for a temperature and an offset, at most."""


@dataclass(frozen=True)
class Correction:
    """What makes probabilities those of real requests, of which fewer or more are commands than of the training text.

    P' = softmax(tau log P + d (1, 1, 0)), Platt scaling (Platt 1999) for three classes.
    """

    temperature: float = 1.0
    """tau."""

    offset: float = 0.0
    """d: added to the logits of light_on and light_off."""


@dataclass(frozen=True)
class Calibration:
    """What held-out utterances say about a model."""

    speaking: Correction
    """While somebody speaks."""

    at_end: Correction
    """Once the utterance is over."""

    thresholds: Mapping[Intent, float]
    """For light_on and light_off: act on a partial at this probability or above."""

    final_thresholds: Mapping[Intent, float]
    """The same once the utterance is over."""


def best_correction(logs: Rows, right: NDArray[np.intp], weights: Rows) -> Correction:
    """Return tau and d that make the right intents most likely: sum of weights times log P'(right).

    Args:
        logs: log P(lamp), shape (rows, 3).
        right: index of the right intent, shape (rows,).
        weights: shape (rows,).
    """
    rows = np.arange(len(right))

    def loss(v: Rows) -> tuple[float, Rows]:
        z = (
            np.exp(v[0]) * logs + v[1] * TOWARDS_ACTION
        )  # the temperature by its logarithm, so that it stays positive
        normaliser = np.logaddexp.reduce(z, axis=1)
        gap = np.exp(z - normaliser[:, None])
        gap[rows, right] -= 1
        gap *= weights[:, None]
        value = (weights * (normaliser - z[rows, right])).sum() + PRIOR / 2 * float(v @ v)
        slope = np.array([np.exp(v[0]) * (gap * logs).sum(), (gap * TOWARDS_ACTION).sum()])
        return float(value), slope + PRIOR * v

    log_tau, offset = minimise(loss, np.zeros(2), STEPS, 1e-6)
    return Correction(float(np.exp(log_tau)), float(offset))


def corrected(trace: Trace, calibration: Calibration) -> Trace:
    """Return the trace that the calibrated model would have given."""
    return np.concatenate(
        [_corrected(trace[:-1], calibration.speaking), _corrected(trace[-1:], calibration.at_end)]
    )


def _corrected(rows: Trace, correction: Correction) -> Trace:
    z = correction.temperature * _logs(rows) + correction.offset * TOWARDS_ACTION
    p: Trace = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True)).astype(np.float32)
    return p


def _logs(rows: Trace) -> Rows:
    return np.log(rows.astype(np.float64) + 1e-12)


def calibration_of(
    requests: Sequence[Trace], intents: Sequence[Intent], talk: Sequence[Trace], budget: float
) -> Calibration:
    """Return corrections and thresholds from what models made of text they did not see.

    Args:
        requests: traces of requests; they choose the corrections, and with the talk the thresholds.
        intents: their right intents.
        talk: traces of overheard talk, all of it none.
        budget: share of the utterances that ask for nothing which may fire.
    """
    right = np.array([INTENTS.index(intent) for intent in intents])
    words = [len(trace) - 1 for trace in requests]
    each = np.repeat(
        1 / np.maximum(words, 1), words
    )  # every utterance has the same weight, whatever its length
    speaking = best_correction(
        _logs(np.concatenate([trace[:-1] for trace in requests])), np.repeat(right, words), each
    )
    at_end = best_correction(_logs(np.stack([trace[-1] for trace in requests])), right, np.ones(len(right)))
    unlimited = Calibration(speaking, at_end, {}, {})
    quiet = [trace for trace, intent in zip(requests, intents, strict=True) if intent == "none"]
    thresholds = thresholds_for_budget([corrected(t, unlimited) for t in (*quiet, *talk)], budget)
    return Calibration(speaking, at_end, *thresholds)


def thresholds_for_budget(
    none_traces: Sequence[Trace], budget: float
) -> tuple[dict[Intent, float], dict[Intent, float]]:
    """Return thresholds, on partials and on finals, that are expected to keep a budget of false activations.

    Both intents have the same: where probabilities are calibrated, one is worth as much as the other. Partials may
    spend PARTIAL_SHARE of the budget, and finals what is left.

    Args:
        none_traces: traces of utterances whose intent is none.
        budget: allowed share of such utterances that fires, such as 0.001.
    """
    allowed = budget * len(none_traces)
    actions = [trace[:, : len(ACTIONS)] for trace in none_traces]
    partial = _reached_by([float(rows[:-1].max()) for rows in actions], PARTIAL_SHARE * allowed)
    final = _reached_by([float(rows[-1].max()) for rows in actions], (1 - PARTIAL_SHARE) * allowed)
    return dict.fromkeys(ACTIONS, partial), dict.fromkeys(ACTIONS, final)


def _reached_by(peaks: Sequence[float], allowed: float) -> float:
    """Return the threshold that `allowed` of as many peaks are expected to reach.

    Log-odds above a high one u fall off exponentially, so n (t) = k exp(-(t - u) / m), with the k highest of them and
    their mean excess m over u: peaks over a threshold (Pickands 1975), with the shape of an exponential. Counting the
    few that reach t would let a threshold hang on one odd sentence; k of them tell more.
    """
    p = np.clip(np.sort(np.array(peaks))[::-1], 1e-6, 1 - 1e-6)
    odds = np.log(p / (1 - p))
    tail = min(TAIL, int(TAIL_SHARE * len(peaks)))
    allowed = max(allowed, FEWEST)
    if tail >= SHORTEST_TAIL and allowed < tail:
        start = odds[tail]
        reached = 1 / (1 + np.exp(-(start + (odds[:tail] - start).mean() * np.log(tail / allowed))))
    else:  # so few, or so many allowed, that they can be counted
        reached = p[int(allowed)] if allowed < len(p) else 0.0
    return round(float(min(max(reached + ABOVE, LOWEST_THRESHOLD), HIGHEST_THRESHOLD)), 4)
