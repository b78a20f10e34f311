"""How each day went: what the lamp did as it was meant, what it missed, what it did though nobody asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from model.intent import ACTIONS
from runtime.journal.judged import Judged
from runtime.journal.query import Reader


@dataclass(frozen=True, slots=True)
class DayCounts:
    """One day. An utterance is counted in one of the three at most."""

    day: date
    """By the clock on the wall."""

    obeyed: int = 0
    """Acts that were meant."""

    corrected: int = 0
    """Commands that the lamp missed or took back, and a person then said or did what was meant."""

    false_activations: int = 0
    """Acts that were not meant, taken back or not."""


def counts_by_day(reader: Reader, days: Sequence[date]) -> list[DayCounts]:
    """What is known of these days, which follow each other. Raises JournalError."""
    counts = {day: DayCounts(day) for day in days}
    begin = datetime.combine(days[0], datetime.min.time()).timestamp()
    for judged in reader.judged(begin):
        day = datetime.fromtimestamp(judged.wall_time).date()
        if day in counts and (name := kind_of(judged)):
            counts[day] = replace(counts[day], **{name: getattr(counts[day], name) + 1})
    return list(counts.values())


def kind_of(judged: Judged) -> str:
    """In which of the three an utterance counts; empty for none, as where the lamp rightly did nothing."""
    acted = judged.decided in ACTIONS
    if acted and judged.decided != judged.intent:
        return "false_activations"
    if acted and not judged.retracted:
        return "obeyed"
    return "corrected" if judged.intent in ACTIONS else ""


def last_days(count: int, today: date) -> list[date]:
    """So many days, the last of which is today."""
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
