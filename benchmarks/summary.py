"""From the results of a peer to its figures: one number a seed, all folds of the seed together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks import figures
from benchmarks.figures import NO_CHOICE, Judged, Outcome, Reliability, Thresholds
from benchmarks.protocol import Cost, Result
from benchmarks.temperature import with_temperatures

BUDGETS = (5000, 1000)
"""At most 1 false activation in so many requests that ask for nothing."""

SHOWN_BUDGET = 1000
"""The budget of the figures that are given for one only."""

CURVE_SHARE = 100
"""Curves go up to 1 false activation in so many requests."""

CURVE_WORDS = 12
"""Words heard up to which decisions are counted one by one."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Summary:
    """A peer over all seeds."""

    figures: dict[str, list[float]]
    """By name, one number a seed: `streaming_1000` (recall), `apart_1000`, `whole_1000`, `talk_streaming_1000`
    (false activations an hour), `early`, `calibration`, the fields of Cost, …"""

    budgets: Array
    """False activations among 1,000 other requests, shape (points,); a single point without probabilities."""

    streaming: Array
    """Recall at each of them, word by word, shape (seeds, points)."""

    whole: Array
    """The same at the end only."""

    heard: Array
    """Share of commands decided after 1, 2, … CURVE_WORDS words or fewer, shape (seeds, CURVE_WORDS)."""

    reliability: Reliability | None
    """Of all seeds together; None without probabilities."""


def summarise(seeds: Sequence[Sequence[Result]], graded: bool) -> Summary:
    """Return the figures of a peer from the results of each seed's folds."""
    numbers: dict[str, list[float]] = {}
    curves: list[tuple[Array, Array, Array]] = []
    heard: list[Array] = []
    for folds in seeds:
        requests = Judged.of([result.requests for result in folds])
        talk = Judged.of([result.talk for result in folds])
        of_seed = _costs([result.cost for result in folds])
        if graded:
            of_seed |= _calibration(folds)
        for budget in BUDGETS:
            for name, thresholds in _operating_points(requests, budget, graded).items():
                result = figures.outcome(requests, thresholds)
                of_seed[f"{name}_{budget}"] = result.recall
                of_seed[f"false_{name}_{budget}"] = result.false_activations
                of_seed[f"talk_{name}_{budget}"] = figures.an_hour(talk, thresholds)
                if name == "streaming":
                    of_seed[f"early_{budget}"] = result.early
                    of_seed[f"words_saved_{budget}"] = result.words_saved
                    of_seed[f"early_errors_{budget}"] = result.early_errors
                    of_seed[f"wrong_intent_{budget}"] = result.wrong_intent
                    if budget == SHOWN_BUDGET:
                        heard.append(_decided_within(result))
        curves.append(_curves(requests, graded))
        for name, value in of_seed.items():
            numbers.setdefault(name, []).append(value)
    parts = [result.requests for folds in seeds for result in folds]
    return Summary(
        numbers,
        curves[0][0],
        np.stack([curve[1] for curve in curves]),
        np.stack([curve[2] for curve in curves]),
        np.stack(heard),
        figures.reliability(parts) if graded else None,
    )


def _operating_points(requests: Judged, one_in: int, graded: bool) -> dict[str, Thresholds]:
    if not graded:
        return {"streaming": NO_CHOICE, "apart": NO_CHOICE, "whole": NO_CHOICE}
    budget = figures.allowed(one_in, requests)
    return {
        "streaming": figures.best(requests, figures.streaming, budget),
        "apart": figures.best(requests, figures.streaming_apart, budget),
        "whole": figures.best(requests, figures.whole_sentence, budget),
    }


def _costs(costs: Sequence[Cost]) -> dict[str, float]:
    """The median over folds of everything a peer costs; a machine is slow at times, which a mean would show."""
    return {field.name: median(getattr(cost, field.name) for cost in costs) for field in fields(Cost)}


def _calibration(folds: Sequence[Result]) -> dict[str, float]:
    parts = [result.requests for result in folds]
    raw = figures.reliability(parts)
    tempered = figures.reliability(with_temperatures(parts))
    return {
        "calibration": raw.error,
        "calibration_likely": raw.likely_gap,
        "tempered": tempered.error,
        "tempered_likely": tempered.likely_gap,
    }


def _decided_within(result: Outcome) -> Array:
    return np.array(
        [((result.decided > 0) & (result.decided <= words)).mean() for words in range(1, CURVE_WORDS + 1)]
    )


def _curves(requests: Judged, graded: bool) -> tuple[Array, Array, Array]:
    others = int((requests.intents == figures.NONE).sum())
    if not graded:
        result = figures.outcome(requests, NO_CHOICE)
        point = np.array([result.recall])
        return np.array([1000 * result.false_activations / others]), point, point
    budgets = range(0, figures.allowed(CURVE_SHARE, requests) + 1)
    recalls = [
        np.maximum.accumulate(
            [figures.outcome(requests, choose(requests, budget)).recall for budget in budgets]
        )
        for choose in (figures.streaming, figures.whole_sentence)
    ]
    return (
        np.array([1000 * budget / others for budget in budgets]),
        np.array(recalls[0]),
        np.array(recalls[1]),
    )
