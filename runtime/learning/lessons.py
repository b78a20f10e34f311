"""What the switch teaches: one pure function from what happened to what was meant (docs/learning.md)."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model.intent import INTENTS, Intent
from runtime.learning.happened import Acted, Flipped, Happened, Retracted, Spoke
from runtime.lesson import PERSONS, Lesson

if TYPE_CHECKING:
    from runtime.config.learning import LearnConfig

LEANING = 0.2
"""Probability from which an utterance leans to an intent: far more than everyday talk reaches."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How near in time two things must be to belong together, in seconds."""

    objection_s: float = 10.0
    """From an act of the lamp to the flip that objects to it."""

    claim_s: float = 8.0
    """From the end of speech to the flip that does what it had asked for."""

    bounce_s: float = 0.3
    """Between flips of contacts that bounce; a flip counts once it has been still for so long."""

    echo_s: float = 1.0
    """From a command of ours to the report of the same state that only echoes it."""

    flip_flop_s: float = 3.0
    """Between flips back and forth; they mean no more than the state they end in."""

    @property
    def longest_s(self) -> float:
        """Seconds after which what happened can give no new lesson and lose none."""
        return max(self.objection_s, self.claim_s) + self.flip_flop_s + self.bounce_s


def windows_of(learn: "LearnConfig") -> Windows:
    """The windows of the configuration."""
    return Windows(learn.objection_s, learn.claim_s, learn.bounce_s, learn.echo_s)


@dataclass(frozen=True, slots=True)
class _Change:
    """The light went from one state to the other."""

    at_s: float
    """When, in seconds."""

    before: bool
    """Whether it was on before."""

    on: bool
    """Whether it was on afterwards."""

    last_s: float
    """When the last of the flips that are folded into it came."""

    person: bool = False
    """Whether a person did it by hand."""

    act: Acted | None = None
    """The act of the lamp that did it."""

    retracted: bool = False
    """Whether that act was taken back."""

    takes_back: int | None = None
    """The utterance whose act this takes back."""

    @property
    def utterance(self) -> int | None:
        """The utterance for which the lamp did it."""
        return self.takes_back if self.act is None else self.act.utterance


def lessons(events: Sequence[Happened], now_s: float, windows: Windows) -> tuple[Lesson, ...]:
    """What is known at `now_s` to have been meant, at most one lesson for each utterance.

    The same events may give another answer a moment later: a flip that is flipped back at once taught nothing.
    A clock that runs back is like a restart: what lies on both sides of it is not related.

    Args:
        events: those of one session in the order in which they became known.
        now_s: seconds on the clock of the events.
    """
    found: dict[int, Lesson] = {}
    foreign: set[int] = set()
    for segment, until_s in _segments(events, now_s):
        for lesson in _of_segment(segment, until_s, windows):
            if lesson.utterance not in foreign:
                found[lesson.utterance] = lesson
        # An utterance that began before the clock ran back is no part of what came after it.
        foreign |= {event.utterance for event in segment if not isinstance(event, Flipped)}
    return tuple(found.values())


def next_due_s(events: Iterable[Happened], now_s: float, windows: Windows) -> float:
    """The first moment after `now_s` at which `lessons` may say more without anything new; inf for never."""
    moments = (
        event.at_s + (windows.bounce_s if isinstance(event, Flipped) else _confirmed_after_s(windows))
        for event in events
        if isinstance(event, Flipped | Acted)
    )
    return min((moment for moment in moments if moment > now_s), default=math.inf)


def _confirmed_after_s(windows: Windows) -> float:
    """A flip at the very end of the window must have had its time to settle."""
    return windows.objection_s + windows.bounce_s


def _segments(events: Iterable[Happened], now_s: float) -> Iterator[tuple[list[Happened], float]]:
    """The events between two steps back of the clock, and the time up to which each stretch is known."""
    segment: list[Happened] = []
    clock_s = -math.inf
    for event in events:
        if not isinstance(event, Spoke):  # the end of speech is known late, and told with its own time
            if event.at_s < clock_s:
                yield segment, clock_s
                segment = []
            clock_s = event.at_s
        segment.append(event)
    yield segment, max(clock_s, now_s)


def _of_segment(events: Sequence[Happened], now_s: float, windows: Windows) -> Iterator[Lesson]:
    spoken = {event.utterance: event for event in events if isinstance(event, Spoke)}
    changes = [change for change in _changes(events, windows) if change.on != change.before]
    acted = {change.act.utterance for change in changes if change.act and not change.retracted}
    taught: set[int] = set()
    for index, change in enumerate(changes):
        lesson: Lesson | None = None
        if change.person:
            before = changes[:index]
            if now_s < change.last_s + windows.bounce_s:
                continue
            objected = _objected_to(change, before, windows)
            if objected is not None:
                lesson = _objection(change, objected, spoken)
            else:
                free = [speech for number, speech in spoken.items() if number not in acted | taught]
                lesson = _claim(change, before, free, windows)
        elif change.act is not None and not change.retracted:
            lesson = _confirmation(change, changes[index + 1 : index + 2], spoken, now_s, windows)
        if lesson is not None:
            taught.add(lesson.utterance)
            yield lesson


def _changes(events: Iterable[Happened], windows: Windows) -> list[_Change]:
    """Every change of the light, flips back and forth folded into one; one that ends where it began is kept.

    An act that changed nothing is none: nobody could see it, so nobody could object to it.
    """
    changes: list[_Change] = []
    commanded: tuple[float, bool] | None = None
    for event in events:
        match event:
            case Acted():
                commanded = (event.at_s, event.on)
                if event.on != event.before:
                    changes.append(_Change(event.at_s, event.before, event.on, event.at_s, act=event))
            case Retracted():
                commanded = _take_back(changes, event) or commanded
            case Flipped():
                is_echo = (
                    commanded is not None
                    and event.on == commanded[1]
                    and event.at_s <= commanded[0] + windows.echo_s
                    and not _is_bounce(changes, event, windows)
                )
                person = event.who in PERSONS and not is_echo
                if event.who not in PERSONS:
                    commanded = (event.at_s, event.on)
                if event.on != event.before:
                    _flip(changes, event, person, windows)
    return changes


def _is_bounce(changes: Sequence[_Change], event: Flipped, windows: Windows) -> bool:
    """Whether it comes right after a flip by hand: contacts that bounce may report what had been commanded."""
    return bool(changes) and changes[-1].person and event.at_s <= changes[-1].last_s + windows.bounce_s


def _take_back(changes: list[_Change], event: Retracted) -> tuple[float, bool] | None:
    """Mark the act of this utterance; the command that followed from it, if any."""
    for index in reversed(range(len(changes))):
        change = changes[index]
        if change.act is not None and change.act.utterance == event.utterance and not change.retracted:
            changes[index] = replace(change, retracted=True)
            if index < len(changes) - 1:
                return None  # somebody has changed the light since, and it was left as it was
            undone = _Change(event.at_s, change.on, change.before, event.at_s, takes_back=event.utterance)
            changes.append(undone)
            return event.at_s, change.before
    return None


def _flip(changes: list[_Change], event: Flipped, person: bool, windows: Windows) -> None:
    """Add a flip, or fold it into the one before it."""
    nearest_s = max(windows.flip_flop_s, windows.bounce_s)
    if person and changes and changes[-1].person and event.at_s <= changes[-1].last_s + nearest_s:
        changes[-1] = replace(changes[-1], on=event.on, last_s=event.at_s)
    else:
        changes.append(_Change(event.at_s, event.before, event.on, event.at_s, person=person))


def _objected_to(flip: _Change, before: Sequence[_Change], windows: Windows) -> Acted | None:
    """The act of the lamp that this flip undoes."""
    last = before[-1] if before else None
    if last is None or last.act is None or last.retracted or last.at_s + windows.objection_s < flip.at_s:
        return None
    return last.act


def _objection(flip: _Change, act: Acted, spoken: dict[int, Spoke]) -> Lesson | None:
    """The utterance meant nothing, or the other intent if it leant to that, and more than to nothing."""
    speech = spoken.get(act.utterance)
    if speech is None:
        return None  # its words are not all known yet
    other = _intent(not act.on)
    # When the lamp was sure of its act, both others are next to nothing, and the larger of them is a toss-up.
    asked = _probability(speech, other) >= max(LEANING, _probability(speech, "none"))
    meant: Intent = other if asked else "none"
    return Lesson(act.utterance, meant, "objected", max(flip.at_s, speech.ended_s))


def _claim(
    flip: _Change, before: Sequence[_Change], speeches: Iterable[Spoke], windows: Windows
) -> Lesson | None:
    """The speech that asked for what this flip did, if there was any near."""
    near = [
        speech
        for speech in speeches
        if speech.began_s <= flip.at_s <= speech.ended_s + windows.claim_s
        and speech.ended_s > _last_change_s(before, speech.utterance)
    ]
    intent = _intent(flip.on)
    leaning = [speech for speech in near if _probability(speech, intent) >= LEANING]
    if leaning:
        meant = max(leaning, key=lambda speech: (_probability(speech, intent), speech.ended_s))
    elif near:
        # Speech that still goes on at the flip is meant only when there is no other.
        meant = max(near, key=lambda speech: (speech.ended_s <= flip.at_s, speech.ended_s))
    else:
        return None
    return Lesson(meant.utterance, intent, "claimed", max(flip.at_s, meant.ended_s))


def _last_change_s(changes: Sequence[_Change], utterance: int) -> float:
    """When the light last changed for another reason than this utterance: what was said before was heeded."""
    others = (change.at_s for change in reversed(changes) if change.utterance != utterance)
    return next(others, -math.inf)


def _confirmation(
    change: _Change, after: Sequence[_Change], spoken: dict[int, Spoke], now_s: float, windows: Windows
) -> Lesson | None:
    """An act is right, weakly, when nobody objects and nothing else changes the light within the window."""
    assert change.act is not None
    speech = spoken.get(change.act.utterance)
    until_s = change.at_s + windows.objection_s
    if speech is None or now_s < change.at_s + _confirmed_after_s(windows):
        return None
    if after and after[0].at_s <= until_s:
        return None
    return Lesson(speech.utterance, _intent(change.on), "unobjected", max(until_s, speech.ended_s))


def _intent(on: bool) -> Intent:
    return "light_on" if on else "light_off"


def _probability(speech: Spoke, intent: Intent) -> float:
    return speech.probabilities[INTENTS.index(intent)]
