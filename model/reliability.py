"""Whether a probability means what it says: the reliability diagram and the expected calibration error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.calibrate import Trace
from model.intent import INTENTS, Intent

BINS = 15
"""Of equal width, from probability 0 to 1."""


@dataclass(frozen=True)
class Bin:
    """Prefixes whose most likely intent was about equally likely."""

    prefixes: int
    """How many there are."""

    confidence: float
    """Mean probability of their most likely intent."""

    accuracy: float
    """Share of them for which that intent was the right one."""


def reliability(traces: Sequence[Trace], intents: Sequence[Intent]) -> list[Bin]:
    """Return the reliability diagram over every prefix, the ends included; empty bins are left out."""
    p = np.concatenate(traces)
    right = np.concatenate([np.full(len(t), INTENTS.index(i)) for t, i in zip(traces, intents, strict=True)])
    confidence, hit = p.max(axis=1).astype(np.float64), p.argmax(axis=1) == right
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        Bin(int(inside.sum()), float(confidence[inside].mean()), float(hit[inside].mean()))
        for inside in (place == n for n in range(BINS))
        if inside.any()
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean distance of confidence in the likeliest intent from accuracy, each bin weighted by its prefixes.

    ECE = sum_b (n_b / n) |accuracy_b - confidence_b| (Guo et al. 2017, arXiv 1706.04599, eq. 3); also called top-label.
    The comparison of peers (benchmarks/figures.py) has the class-wise one, which is larger.
    """
    total = sum(b.prefixes for b in bins)
    return sum(b.prefixes * abs(b.accuracy - b.confidence) for b in bins) / total
