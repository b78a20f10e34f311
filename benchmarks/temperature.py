"""A temperature for probabilities that are too sure or not sure enough, chosen on other requests."""

from collections.abc import Sequence

import numpy as np

from benchmarks.protocol import Heard
from model.calibrate import Trace
from model.intent import INTENTS, Intent

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 49))
"""That are tried."""


def with_temperatures(parts: Sequence[Heard]) -> list[Heard]:
    """Return every fold with the temperature that suits the other folds best."""
    tempered = []
    for fold, heard in enumerate(parts):
        others = [part for index, part in enumerate(parts) if index != fold] or [heard]
        traces = [trace for part in others for trace in part.traces()]
        intents = [INTENTS[label] for part in others for label in part.intents]
        logs = np.log(heard.rows.astype(np.float64) + 1e-12) * best_temperature(traces, intents)
        p = np.exp(logs - np.logaddexp.reduce(logs, axis=1)[:, None])
        tempered.append(Heard(heard.intents, heard.lengths, p.astype(np.float32)))
    return tempered


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
