"""What each false-activation budget buys: thresholds, and what the lamp would have done with them."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from model.calibrate import thresholds_for_budget
from model.evaluate import Judged, figures

BUDGETS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01)
"""Shares of the utterances that ask for nothing that may fire."""

Point = dict[str, float]
"""One row of the curve, all numbers, as the bundle keeps it."""


def budget_curve(requests: Sequence[Judged], talk: Sequence[Judged]) -> list[Point]:
    """Return what held-out requests and talk say about each budget, the smallest first.

    The thresholds are those that keep the budget on this very text, so a point tells what is to be had, not what
    a lamp calibrated on other text would have got.

    Args:
        requests: labelled requests, each judged by a model that did not see it.
        talk: overheard talk, the same.
    """
    quiet = [j.trace for j in (*requests, *talk) if j.utterance.intent == "none"]
    points = []
    for budget in BUDGETS:
        partial, final = thresholds_for_budget(quiet, budget)
        first = requests[0].calibration
        there = replace(first, thresholds=partial, final_thresholds=final)
        result = asdict(
            figures(*([replace(j, calibration=there) for j in judged] for judged in (requests, talk)))
        )
        points.append(
            {
                "budget": budget,
                "light_on": partial["light_on"],
                "light_off": partial["light_off"],
                "final_light_on": final["light_on"],
                "final_light_off": final["light_off"],
                "recall": round(result["recall"], 4),
                "before_last_word": round(result["before_last_word"], 4),
                "false_activations_per_1000": round(1000 * result["false_activations"] / result["others"], 3),
                "talk_per_hour": round(result["talk_false_activations"] / max(result["talk_hours"], 1e-9), 3),
            }
        )
    return points
