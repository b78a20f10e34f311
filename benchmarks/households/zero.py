"""How much speech a lamp that began with nothing needs until it is of use."""

from dataclasses import dataclass
from typing import Final

from benchmarks.households.plan import DAY_S
from benchmarks.households.record import Record

WORDS_A_MINUTE: Final = 150

LAST: Final = 20
"""Wishes over which the share obeyed is taken."""

SHARE: Final = 0.9
"""How many of them are to be obeyed."""

FALSE_A_DAY: Final = 1
"""False activations that are allowed in the last 24 hours."""

REACH_MINUTES: Final = 20.0
"""Of speech, after which that is to be so; the goal is half of it."""


@dataclass(frozen=True)
class Zero:
    """When a lamp that began with nothing was of use."""

    minutes: float | None
    """Of speech until then; None for never."""

    days: float | None
    """The same in days."""

    wishes: int
    """The same in wishes, or all of them."""

    obeyed_later: float
    """Share of the wishes obeyed from then on; of all when it never was."""

    false_a_day_later: float
    """False activations a day from then on."""


def zero_of(record: Record) -> Zero:
    """Return when the share of the last LAST wishes was first reached without too many false activations."""
    for at in range(LAST, len(record.asked) + 1):
        last = record.asked[at - LAST : at]
        end_s = last[-1].at_s
        false = sum(end_s - DAY_S <= false_s <= end_s for false_s in record.false_at_s)
        if sum(wish.obeyed for wish in last) >= SHARE * LAST and false <= FALSE_A_DAY:
            return Zero(last[-1].words / WORDS_A_MINUTE, end_s / DAY_S, at, *_later(record, at, end_s))
    return Zero(None, None, len(record.asked), *_later(record, 0, 0.0))


def course(record: Record) -> tuple[list[float], list[float]]:
    """Return minutes of speech, and the share of the last LAST wishes obeyed (or of those there were)."""
    minutes, shares = [], []
    for at in range(1, len(record.asked) + 1):
        last = record.asked[max(0, at - LAST) : at]
        minutes.append(last[-1].words / WORDS_A_MINUTE)
        shares.append(sum(wish.obeyed for wish in last) / len(last))
    return minutes, shares


def _later(record: Record, since: int, since_s: float) -> tuple[float, float]:
    wishes = record.asked[since:]
    days = len(record.days) - since_s / DAY_S
    share = sum(wish.obeyed for wish in wishes) / len(wishes) if wishes else 1.0
    return share, sum(at_s > since_s for at_s in record.false_at_s) / days
