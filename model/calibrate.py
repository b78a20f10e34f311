"""Temperature and thresholds from held-out utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.intent import ACTIONS, INTENTS, Intent
from model.language_model import LanguageModel

Trace = NDArray[np.float32]
"""P(lamp) after every word of one utterance, shape (words, 3), in the order of INTENTS."""

LOWEST_THRESHOLD = 0.6
"""Below this an intent is hardly likelier than not; no budget makes the lamp act on less."""

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 49))


@dataclass(frozen=True)
class Calibration:
    """What held-out utterances say about a model."""

    temperature: float
    """Factor on the lamp's logits that made held-out prefixes most likely."""

    thresholds: Mapping[Intent, float]
    """For light_on and light_off: act at this probability or above."""


def best_temperature(traces: Sequence[Trace], intents: Sequence[Intent]) -> float:
    """Return the factor tau on the logits that maximises sum over prefixes of log softmax(tau z)_intent.

    A trace holds p = softmax(z); softmax(tau z) is p^tau, normalised, so the logits themselves are not needed.
    Every utterance has the same weight, whatever its length.
    """
    logs = np.log(np.concatenate(traces).astype(np.float64) + 1e-12)
    right = np.concatenate([np.full(len(t), INTENTS.index(i)) for t, i in zip(traces, intents, strict=True)])
    weights = np.concatenate([np.full(len(t), 1 / len(t)) for t in traces])

    def loss(tau: float) -> float:
        z = tau * logs
        normaliser = np.logaddexp.reduce(z, axis=1)
        return float((weights * (normaliser - z[np.arange(len(z)), right])).sum())

    return float(min(TEMPERATURES, key=loss))


def with_temperature(model: LanguageModel, tau: float) -> LanguageModel:
    """Return the model with the lamp's logits multiplied by tau."""
    w, factor = model.weights, np.float32(tau)
    return LanguageModel(
        model.sizes,
        replace(w, direct=w.direct * factor, lamp=w.lamp * factor, lamp_bias=w.lamp_bias * factor),
    )


def thresholds_for_budget(none_traces: Sequence[Trace], budget: float) -> dict[Intent, float]:
    """Return the lowest thresholds at which at most `budget` of the utterances that ask for nothing fire.

    Each intent may spend half of the budget. An utterance fires when any of its prefixes reaches the threshold.

    Args:
        none_traces: traces of utterances whose intent is none.
        budget: allowed share of them, such as 0.001.
    """
    allowed = int(budget * len(none_traces) / 2)
    thresholds: dict[Intent, float] = {}
    for intent in ACTIONS:
        index = INTENTS.index(intent)
        peaks = sorted((float(trace[:, index].max()) for trace in none_traces), reverse=True)
        highest_refused = peaks[allowed] if allowed < len(peaks) else 0.0
        # A hair above the highest peak that must not fire, never certain, never below the floor.
        thresholds[intent] = round(min(max(highest_refused + 0.001, LOWEST_THRESHOLD), 0.999), 4)
    return thresholds
