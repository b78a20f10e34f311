"""What another budget of false activations would have meant for what was heard: each utterance is judged again.

The journal keeps what each word and the end of an utterance left likely, so no model is needed. It is judged by the
words as they were finally written, each heard for long enough to be confirmed; docs/page.md says what that leaves out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from model.intent import ACTIONS, Intent
from runtime.config import DecideConfig
from runtime.decision import Policy, Probabilities, supported, verdict
from runtime.journal.judged import Replay
from runtime.journal.query import Reader
from runtime.learning.budget import LEAST, MOST
from runtime.learning.speech_rate import (
    DAY_S,
    Calibrated,
    Rate,
    Thresholds,
    budgets,
    least_a_day,
    rate_of,
    thresholds_of_point,
)
from runtime.policy import policy_of

DAYS: Final = 30.0
"""So far back is looked."""

MOST_JUDGED: Final = 2_000
"""Utterances, the newest, that are judged again; the rest is nowhere likely enough for any threshold. In a home this is
months; where more is heard, it is looked back less far."""

MOST_READ: Final = 20_000
"""Utterances, the newest, by which retraining tells how much is said."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the lamp would have done."""

    obeyed: int
    """Commands that would have had their way in the end."""

    false: int
    """Utterances known to have asked for nothing that would have switched the light, taken back or not."""

    unremarked: int
    """Utterances of which nobody said anything that would have, likewise."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Thresholds, from which budget on they are taken, and what they would have done."""

    from_a_day: float
    """The least number of false activations a day that asks for them."""

    thresholds: Thresholds
    """Of the curve."""

    outcome: Outcome
    """What they would have done."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard and can be judged again."""

    commands: int
    """Utterances known to have asked for light or dark."""

    nothings: int
    """Utterances known to have asked for nothing."""

    unremarked: int
    """Utterances of which nobody said anything; retraining takes them to have asked for nothing."""

    unknown: int
    """Utterances that cannot be judged again, because they were heard before their end was kept."""


@dataclass(frozen=True, slots=True)
class Hindsight:
    """All budgets side by side."""

    days: float
    """So far back is looked."""

    heard: Heard
    """What they are judged on."""

    rate: Rate
    """How much is said, by which a budget becomes thresholds."""

    now: Outcome
    """What the thresholds in service would have done."""

    settings: tuple[Setting, ...]
    """The strictest first; empty when a budget changes nothing, as where too little was said."""

    @property
    def distinct(self) -> list[Setting]:
        """Those that would have meant something else than the stricter one before."""
        pairs = zip((None, *self.settings), self.settings, strict=False)
        return [each for before, each in pairs if before is None or before.outcome != each.outcome]

    def setting(self, a_day: float) -> Setting | None:
        """What a number of false activations a day asks for; None where it changes nothing."""
        within = [each for each in self.settings if each.from_a_day <= a_day]
        return within[-1] if within else next(iter(self.settings), None)


def look_back(
    reader: Reader, decide: DecideConfig, base: Calibrated, in_service: Calibrated, now: float
) -> Hindsight:
    """What each budget would have meant. Raises JournalError.

    Args:
        base: whose curve retraining chooses from.
        in_service: whose thresholds hold now.
        now: seconds since 1970.
    """
    since = now - DAYS * DAY_S
    times = reader.heard_times(MOST_READ)
    rate = rate_of([at for at, _ in times], sum(intent not in ACTIONS for _, intent in times))
    choices = _choices(base, rate)
    policies = [policy_of(decide, each.partial, each.final) for _, each in choices]
    serving = policy_of(decide, in_service.thresholds, in_service.final_thresholds)
    least = min(_least(policy) for policy in (*policies, serving))
    replays = reader.replays(since, least, MOST_JUDGED)
    if len(replays) == MOST_JUDGED:
        since = replays[-1].wall_time
    return Hindsight(
        (now - since) / DAY_S,
        _heard(reader, since),
        rate,
        outcome(replays, serving),
        tuple(
            Setting(from_a_day, thresholds, outcome(replays, policy))
            for (from_a_day, thresholds), policy in zip(choices, policies, strict=True)
        ),
    )


def outcome(replays: Iterable[Replay], policy: Policy) -> Outcome:
    """What a policy would have done with these."""
    obeyed = false = unremarked = 0
    for each in replays:
        stands, fired = judge(each.trace, each.ended, policy)
        if each.intent in ACTIONS:
            obeyed += stands == each.intent
        elif each.intent == "none":
            false += fired
        else:
            unremarked += fired
    return Outcome(obeyed, false, unremarked)


def judge(trace: Sequence[Probabilities], ended: Probabilities, policy: Policy) -> tuple[Intent, bool]:
    """What stands in the end, and whether the light was switched at all."""
    said = verdict(trace, ended, policy)
    stands: Intent = "none" if said is None else said.intent
    return stands, stands != "none" or any(supported(each, policy) != "none" for each in trace)


def _choices(base: Calibrated, rate: Rate) -> list[tuple[float, Thresholds]]:
    """The thresholds that a budget between LEAST and MOST can ask for, and from which on."""
    if not rate.known:
        return []
    found: list[tuple[float, Thresholds]] = []
    for point in budgets(base):
        from_a_day, thresholds = least_a_day(point, rate), thresholds_of_point(point)
        if found and from_a_day <= LEAST:
            found.clear()
        if not found:
            found.append((LEAST, thresholds))
        elif from_a_day <= MOST and thresholds != found[-1][1]:
            found.append((from_a_day, thresholds))
    return found


def _least(policy: Policy) -> float:
    """What is nowhere this likely is not acted on."""
    return min(*policy.thresholds.values(), *policy.final_thresholds.values())


def _heard(reader: Reader, since: float) -> Heard:
    counted = {"commands": 0, "nothings": 0, "unremarked": 0, "unknown": 0}
    for intent, kept, number in reader.meanings(since):
        name = "commands" if intent in ACTIONS else "nothings" if intent == "none" else "unremarked"
        counted[name if kept else "unknown"] += number
    return Heard(**counted)
