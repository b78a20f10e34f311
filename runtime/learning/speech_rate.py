"""Thresholds by how much is said near this lamp: `learn.false_activations_a_day`, in terms of utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from model.base_model import BaseModel
from model.intent import ACTIONS, Intent
from runtime.learning.said import Said

DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which the lamp acts, for light_on and light_off."""

    partial: Mapping[Intent, float]
    """For partials."""

    final: Mapping[Intent, float]
    """For finals."""

    def stricter(self, other: "Thresholds") -> "Thresholds":
        """The higher of both, one by one."""
        return Thresholds(_higher(self.partial, other.partial), _higher(self.final, other.final))


def _higher(some: Mapping[Intent, float], others: Mapping[Intent, float]) -> dict[Intent, float]:
    return {intent: max(some[intent], others[intent]) for intent in ACTIONS}


def thresholds_for(base: BaseModel, said: Sequence[Said], a_day: float) -> Thresholds:
    """Thresholds that keep to so many false activations a day, given how much is said.

    The base model's curve tells for each share of utterances that fires what thresholds keep to it. With less than
    a day of speech, or no curve, they stay as they are.
    """
    asked_nothing = sum(each.intent in (None, "none") for each in said)
    days = days_of_speech(said)
    budgets = [point for point in base.curve if point["budget"] > 0]
    if days < 1 or not asked_nothing or not budgets:
        return Thresholds(dict(base.thresholds), dict(base.final_thresholds))
    allowed = a_day * days / asked_nothing
    smallest = min(budgets, key=lambda point: point["budget"])
    within = [point for point in budgets if point["budget"] <= allowed]
    point = max(within, key=lambda point: point["budget"], default=smallest)
    return Thresholds(
        {intent: point[intent] for intent in ACTIONS},
        {intent: point[f"final_{intent}"] for intent in ACTIONS},
    )


def days_of_speech(said: Sequence[Said]) -> float:
    """Days in which something was said: from the first to the last, but no more than have speech in them.

    A clock that was set, or a lamp that was away, does not make it seem that little is said.
    """
    times = [each.wall_time for each in said]
    if not times:
        return 0.0
    return min((max(times) - min(times)) / DAY_S, float(len({time // DAY_S for time in times})))
