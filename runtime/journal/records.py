"""What the journal holds, as values; and how each value becomes a row and a row the value."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.intent import ACTIONS, INTENTS, Intent
from model.limited import parse_json
from runtime.decision import Probabilities
from runtime.journal.sound_row import check
from runtime.lesson import Source, Who


@dataclass(frozen=True, slots=True)
class UtteranceRecord:
    """One utterance: what was heard, what the model made of it, and what the lamp did."""

    id: int | None
    """Its number, which is never given again; None before it is in the journal."""

    session: int
    """The run of the program in which it was heard."""

    began_s: float
    """When speech began, in seconds on the session's audio clock."""

    ended_s: float
    """When it ended, on the same clock."""

    wall_time: float
    """When it was heard, in seconds since 1970."""

    words: tuple[str, ...]
    """The final words; none is empty or holds white space."""

    partials: tuple[str, ...]
    """Texts of those earlier hypotheses whose words changed what was decided."""

    bundle: str
    """Version of the language model that heard it."""

    probabilities: tuple[Probabilities, ...]
    """What each word left likely; kept in single precision, as the model gives it."""

    decided: Intent | None
    """What the lamp did; None when it did nothing."""

    decided_word: int | None
    """The word after which it was decided, from 1."""

    decided_s: float | None
    """When it was decided, in seconds on the session's audio clock."""

    retracted: bool
    """Whether the final words took the decision back."""

    audio: str | None
    """File in the folder of clips; it may be gone before the utterance."""

    ended: Probabilities | None = None
    """What its end left likely; None where that was not kept."""


@dataclass(frozen=True, slots=True)
class LightEvent:
    """The light was switched, or its switch flipped."""

    id: int | None
    """Its number; None before it is in the journal."""

    session: int
    """The run of the program in which it happened."""

    at_s: float
    """When, in seconds on the session's audio clock."""

    wall_time: float
    """When, in seconds since 1970."""

    on: bool
    """What the light was from then on."""

    who: Who
    """By whom: our own acts are never taken for a person's."""

    utterance: int | None
    """Number of the utterance on which the lamp acted, if it did."""


@dataclass(frozen=True, slots=True)
class Label:
    """What an utterance was found to have meant; a later one of the same utterance supersedes it."""

    id: int
    """Its number: the higher one is the later."""

    utterance: int
    """Number of the utterance."""

    intent: Intent | None
    """What was meant; None takes the labels before it away."""

    source: Source
    """How that is known."""

    at: float
    """When it was given, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class LabelledUtterance:
    """An utterance with the label in force: an example to learn from."""

    id: int
    """Number of the utterance."""

    words: tuple[str, ...]
    """What was heard."""

    intent: Intent
    """What was meant."""

    source: Source
    """How that is known."""

    wall_time: float
    """When it was heard, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Retraining:
    """An attempt at a better model. No text of it may quote what was heard: it outlives the utterances."""

    began: float
    """When it began, in seconds since 1970."""

    ended: float
    """When it ended."""

    candidate: Mapping[str, Any]
    """Figures of the new model."""

    incumbent: Mapping[str, Any]
    """Figures of the model in service, on the same examples."""

    promoted: bool
    """Whether the new one took its place."""

    reason: str
    """Why, or why not."""

    bundle: str | None
    """Version of the new model's bundle, if one was written."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """Another bundle went into service, forward or back."""

    at: float
    """When, in seconds since 1970."""

    bundle: str
    """Version of the bundle now in service."""

    replaced: str
    """Version of the one before it."""

    reason: str
    """Why."""


_TRIPLE = struct.Struct("<3f")

_ACTIONS = [INTENTS.index(intent) for intent in ACTIONS]


def leaning(probabilities: tuple[Probabilities, ...]) -> float:
    """The highest probability, after any word, that the light was to be switched; 0 without words."""
    return max((float(triple[action]) for triple in probabilities for action in _ACTIONS), default=0.0)


def utterance_row(utterance: UtteranceRecord, number: int) -> tuple[object, ...]:
    """The values of its row, in the order of the table."""
    return (
        number,
        utterance.session,
        utterance.began_s,
        utterance.ended_s,
        utterance.wall_time,
        _storable(" ".join(utterance.words)),
        _storable("\n".join(utterance.partials)),
        utterance.bundle,
        b"".join(_TRIPLE.pack(*triple) for triple in utterance.probabilities),
        leaning(utterance.probabilities),
        utterance.decided,
        utterance.decided_word,
        utterance.decided_s,
        utterance.retracted,
        utterance.audio,
        *((None, None) if utterance.ended is None else map(float, utterance.ended[:2])),
    )


def utterance_of(row: tuple[Any, ...]) -> UtteranceRecord:
    """The utterance of a row. Raises ValueError for one that we have not written."""
    check(row, "nntttsssbtINTnSTT")
    number, session, began_s, ended_s, wall_time, words, partials, bundle, packed, _, *done = row
    decided, decided_word, decided_s, retracted, audio, ended_on, ended_off = done
    if (ended_on is None) != (ended_off is None):
        raise ValueError("one half of what its end left likely is missing")
    whole = packed[: len(packed) - len(packed) % _TRIPLE.size]
    return UtteranceRecord(
        *(number, session, began_s, ended_s, wall_time, words_of(words)),
        partials=tuple(partials.split("\n")) if partials else (),
        bundle=bundle,
        probabilities=tuple(_TRIPLE.iter_unpack(whole)),
        decided=decided,
        decided_word=decided_word,
        decided_s=decided_s,
        retracted=bool(retracted),
        audio=audio,
        ended=None if ended_on is None else (ended_on, ended_off, max(0.0, 1.0 - ended_on - ended_off)),
    )


def words_of(text: str) -> tuple[str, ...]:
    """The words of a row; split at blanks only, so that they come back as they went in."""
    return tuple(text.split(" ")) if text else ()


def light_row(event: LightEvent, number: int) -> tuple[object, ...]:
    """The values of its row, in the order of the table."""
    at = (event.session, event.at_s, event.wall_time)
    return (number, *at, event.on, event.who, event.utterance)


def light_of(row: tuple[Any, ...]) -> LightEvent:
    """The light event of a row. Raises ValueError for one that we have not written."""
    check(row, "nnttnsN")
    number, session, at_s, wall_time, lit, who, utterance = row
    return LightEvent(number, session, at_s, wall_time, bool(lit), who, utterance)


def label_of(row: tuple[Any, ...]) -> Label:
    """The label of a row. Raises ValueError for one that we have not written."""
    check(row, "nnIst")
    return Label(*row)


def labelled_of(row: tuple[Any, ...]) -> LabelledUtterance:
    """The utterance with its label of a row: number, words, intent, source, time. Raises ValueError likewise."""
    check(row, "nsist")
    number, words, intent, source, wall_time = row
    return LabelledUtterance(number, words_of(words), intent, source, wall_time)


def promotion_of(row: tuple[Any, ...]) -> Promotion:
    """The promotion of a row. Raises ValueError for one that we have not written."""
    check(row, "ntsss")
    return Promotion(*row[1:])


def retraining_row(retraining: Retraining, number: int) -> tuple[object, ...]:
    """The values of its row, in the order of the table."""
    figures = (json.dumps(dict(retraining.candidate)), json.dumps(dict(retraining.incumbent)))
    outcome = (retraining.promoted, _storable(retraining.reason), retraining.bundle)
    return (number, retraining.began, retraining.ended, *figures, *outcome)


def retraining_of(row: tuple[Any, ...]) -> Retraining:
    """The retraining of a row. Raises ValueError for one that we have not written."""
    check(row, "nttssnsS")
    _, began, ended, candidate, incumbent, promoted, reason, bundle = row
    figures = (parse_json(candidate), parse_json(incumbent))
    if not all(isinstance(each, dict) for each in figures):
        raise ValueError("figures must be by name")
    return Retraining(began, ended, *figures, bool(promoted), reason, bundle)


def _storable(text: str) -> str:
    """SQLite takes no half of a surrogate pair, which JSON can smuggle in."""
    return text.encode("utf-8", "replace").decode()
