"""Thresholds by how much is said near this lamp: `learn.false_activations_a_day`, in terms of utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from model.intent import ACTIONS, Intent

if TYPE_CHECKING:
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


class Calibrated(Protocol):
    """What has thresholds and a curve that tells what others would do: the base model, or its bundle."""

    @property
    def thresholds(self) -> Mapping[Intent, float]: ...
    @property
    def final_thresholds(self) -> Mapping[Intent, float]: ...
    @property
    def curve(self) -> Sequence[Mapping[str, float]]: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """How much is said near this lamp."""

    asked_nothing: int
    """Utterances that asked for nothing, as far as is known."""

    days: float
    """Days of speech in which they were said."""

    @property
    def known(self) -> bool:
        """Whether there is enough of it to set thresholds by."""
        return self.days >= 1 and self.asked_nothing > 0


def rate_of(times: Sequence[float], asked_nothing: int) -> Rate:
    """The rate of utterances heard at these times (seconds since 1970), of which so many asked for nothing."""
    return Rate(asked_nothing, _days(times))


def thresholds_for(base: Calibrated, said: Sequence["Said"], a_day: float) -> Thresholds:
    """Thresholds that keep to so many false activations a day, given what was said."""
    asked_nothing = sum(each.intent in (None, "none") for each in said)
    return thresholds_at(base, Rate(asked_nothing, days_of_speech(said)), a_day)


def thresholds_at(base: Calibrated, rate: Rate, a_day: float) -> Thresholds:
    """The same, given how much is said.

    The curve tells for each share of utterances that fires what thresholds keep to it. With less than a day of speech,
    or no curve, they stay as they are.
    """
    points = budgets(base)
    if not rate.known or not points:
        return Thresholds(dict(base.thresholds), dict(base.final_thresholds))
    within = [point for point in points if least_a_day(point, rate) <= a_day]
    return thresholds_of_point((within or points[:1])[-1])


def budgets(base: Calibrated) -> list[Mapping[str, float]]:
    """The points of the curve that allow something, the strictest first."""
    return sorted((point for point in base.curve if point["budget"] > 0), key=lambda point: point["budget"])


def least_a_day(point: Mapping[str, float], rate: Rate) -> float:
    """The least number of false activations a day that allows this point; the strictest is taken for less, too."""
    return point["budget"] * rate.asked_nothing / rate.days


def thresholds_of_point(point: Mapping[str, float]) -> Thresholds:
    """Those of a point of the curve."""
    return Thresholds(
        {intent: point[intent] for intent in ACTIONS},
        {intent: point[f"final_{intent}"] for intent in ACTIONS},
    )


def days_of_speech(said: Sequence["Said"]) -> float:
    """Days in which something was said: from the first to the last, but no more than have speech in them.

    A clock that was set, or a lamp that was away, does not make it seem that little is said.
    """
    return _days([each.wall_time for each in said])


def _days(times: Sequence[float]) -> float:
    if not times:
        return 0.0
    return min((max(times) - min(times)) / DAY_S, float(len({time // DAY_S for time in times})))
