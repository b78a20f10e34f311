"""Utterances as they are judged afterwards: what the lamp did and was to do, or would have done."""

from dataclasses import dataclass
from typing import Any

from model.intent import Intent
from runtime.decision import Probabilities
from runtime.journal.records import utterance_of
from runtime.journal.sound_row import check
from runtime.lesson import Source


@dataclass(frozen=True, slots=True)
class Judged:
    """What the lamp did on an utterance, and what was meant."""

    wall_time: float
    """When it was heard, in seconds since 1970."""

    decided: Intent | None
    """What the lamp did; None when it did nothing."""

    retracted: bool
    """Whether it took that back."""

    intent: Intent
    """What was meant."""

    source: Source
    """How that is known."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What is needed to tell what the lamp would have done on an utterance had it been set otherwise."""

    wall_time: float
    """When it was heard, in seconds since 1970."""

    trace: tuple[Probabilities, ...]
    """What each word left likely."""

    ended: Probabilities
    """What its end left likely."""

    intent: Intent | None
    """What was meant; None where nobody said or did anything about it."""


def replay_of(row: tuple[Any, ...]) -> Replay:
    """The replay of the row of an utterance with its label behind it. Raises ValueError for one that is none."""
    *columns, intent = row
    utterance = utterance_of(tuple(columns))
    check((intent,), "I")
    if utterance.ended is None:
        raise ValueError("what its end left likely was not kept")
    return Replay(utterance.wall_time, utterance.probabilities, utterance.ended, intent)


def judged_of(row: tuple[Any, ...]) -> Judged:
    """The judged utterance of a row. Raises ValueError for one that we have not written."""
    check(row, "tInis")
    at, decided, retracted, intent, source = row
    return Judged(at, decided, bool(retracted), intent, source)


def heard_time_of(row: tuple[Any, ...]) -> tuple[float, Intent | None]:
    """When an utterance was heard and what it meant. Raises ValueError for a row that is none."""
    check(row, "tI")
    at, intent = row
    return at, intent
