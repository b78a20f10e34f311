"""Temperature and thresholds from held-out utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.intent import ACTIONS, INTENTS, Intent
from model.language_model import LanguageModel

Trace = NDArray[np.float32]
"""P(lamp) after every word of one utterance and after its end, shape (words + 1, 3), in the order of INTENTS."""

LOWEST_THRESHOLD = 0.6
"""Below this an intent is hardly likelier than not; no budget makes the lamp act on less."""

HIGHEST_THRESHOLD = 0.999
"""Above this a threshold would ask for more certainty than a probability from so few examples can mean."""

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 49))


@dataclass(frozen=True)
class Calibration:
    """What held-out utterances say about a model."""

    temperature: float
    """Factor on the lamp's logits that made held-out prefixes most likely."""

    thresholds: Mapping[Intent, float]
    """For light_on and light_off: act on a partial at this probability or above."""

    final_thresholds: Mapping[Intent, float]
    """The same once the utterance is over."""


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


def tempered(trace: Trace, tau: float) -> Trace:
    """Return the trace that a model with its lamp's logits multiplied by tau would have given."""
    z = tau * np.log(trace.astype(np.float64) + 1e-12)
    p: Trace = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True)).astype(np.float32)
    return p


def calibration_of(
    requests: Sequence[Trace], intents: Sequence[Intent], talk: Sequence[Trace], budget: float
) -> Calibration:
    """Return temperature and thresholds from what models made of text they did not see.

    Args:
        requests: traces of requests; they choose the temperature, and with the talk the thresholds.
        intents: their right intents.
        talk: traces of overheard talk, all of it none.
        budget: share of the utterances that ask for nothing which may fire.
    """
    tau = best_temperature(requests, intents)
    quiet = [trace for trace, intent in zip(requests, intents, strict=True) if intent == "none"]
    return Calibration(tau, *thresholds_for_budget([tempered(t, tau) for t in (*quiet, *talk)], budget))


def with_temperature(model: LanguageModel, tau: float) -> LanguageModel:
    """Return the model with the lamp's logits multiplied by tau."""
    w, factor = model.weights, np.float32(tau)
    return LanguageModel(
        model.sizes,
        replace(
            w,
            direct=w.direct * factor,
            lamp=w.lamp * factor,
            block=w.block * factor,
            lamp_bias=w.lamp_bias * factor,
        ),
    )


def thresholds_for_budget(
    none_traces: Sequence[Trace], budget: float
) -> tuple[dict[Intent, float], dict[Intent, float]]:
    """Return the lowest thresholds, on partials and on finals, that keep a budget of false activations.

    Each intent may spend a quarter of the budget on partials and a quarter on finals.

    Args:
        none_traces: traces of utterances whose intent is none.
        budget: allowed share of them that fires, such as 0.001.
    """
    allowed = int(budget * len(none_traces) / 4)
    partial: dict[Intent, float] = {}
    final: dict[Intent, float] = {}
    for intent in ACTIONS:
        index = INTENTS.index(intent)
        partial[intent] = _above([float(trace[:-1, index].max()) for trace in none_traces], allowed)
        final[intent] = _above([float(trace[-1, index]) for trace in none_traces], allowed)
    return partial, final


def _above(peaks: list[float], allowed: int) -> float:
    """Return a threshold that at most `allowed` of the peaks reach."""
    refused = sorted(peaks, reverse=True)[allowed] if allowed < len(peaks) else 0.0
    return round(min(max(refused + 0.001, LOWEST_THRESHOLD), HIGHEST_THRESHOLD), 4)
