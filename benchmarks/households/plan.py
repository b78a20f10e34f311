"""What will be said and wanted in a household, day by day: drawn once, the same for every lamp that lives there."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.households.habits import Kind, Sayings, people
from model.corpus import read_corpus
from model.intent import Intent

DAY_S: Final = 86_400.0

MORNING_S, EVENING_S, NIGHT_S = 7 * 3600.0, 20 * 3600.0, 23 * 3600.0
"""Seconds since midnight at which people get up, put the television on, and go to bed."""

WISHES: Final = 10
"""Wishes a day, for light and dark in turn."""

CONVERSATIONS: Final = 10
"""Times a day at which people talk with each other."""

IN_TALK: Final = 0.5
"""Share of the wishes that are said in the midst of a conversation."""

SPOKEN_AS_EVER: Final = 0.7
"""Share of the wishes that are said without any variation."""

OBJECTED: Final = 0.9
"""Share of wrong acts that are undone at once; the others are undone when nobody connects the two any more."""

WORDS: Final = range(2, 26)
"""How long an overheard utterance may be."""


@dataclass(frozen=True)
class Talk:
    """Somebody says something that is not meant for the lamp."""

    at_s: float
    """When, in seconds since the beginning."""

    words: tuple[str, ...]
    """As heard."""

    undone_after_s: float
    """If the lamp acts on it: from the act to the flip that undoes it."""


@dataclass(frozen=True)
class Wish:
    """Somebody wants another light, and says so."""

    at_s: float
    """When, in seconds since the beginning."""

    words: tuple[str, ...]
    """As heard."""

    intent: Intent
    """What is wanted."""

    by_hand_after_s: float
    """If the lamp does not obey: from the end of speech to the flip."""

    slips: bool
    """Whether an obedient lamp is flipped back all the same."""


@dataclass(frozen=True)
class Flip:
    """Somebody flips the switch, and has said nothing about it."""

    at_s: float
    """When, in seconds since the beginning."""


Moment = Talk | Wish | Flip


def read_talk(data: Path) -> list[list[tuple[str, ...]]]:
    """Return the utterances of every meeting, short and very long ones left out. Raises ModelError."""
    talk = read_corpus(data).talk
    return [[u.words for u in talk[meeting] if len(u.words) in WORDS] for meeting in sorted(talk)]


def plan(
    kind: Kind, seed: int, days: int, talk: Sequence[Sequence[tuple[str, ...]]], talk_a_day: int
) -> list[Moment]:
    """Return what happens in so many days, in order of time.

    Args:
        talk: utterances by meeting; those of one conversation are from one meeting.
        talk_a_day: utterances of people with each other a day; the television's come on top.
    """
    random = np.random.default_rng([seed, 2])
    first, second = people(kind, seed)
    moments: list[Moment] = []
    for day in range(days):
        said = second if 2 * day >= days else first
        moments += _day(kind, said, random, talk, talk_a_day, day * DAY_S)
    return sorted(moments, key=lambda moment: moment.at_s)


def _day(
    kind: Kind,
    people: Sequence[Sayings],
    random: np.random.Generator,
    talk: Sequence[Sequence[tuple[str, ...]]],
    talk_a_day: int,
    begin_s: float,
) -> list[Moment]:
    each = talk_a_day // CONVERSATIONS
    starts = random.uniform(MORNING_S, NIGHT_S, CONVERSATIONS)
    overheard = [t for start in starts for t in _conversation(random, talk, each, begin_s + start)]
    free = random.uniform(MORNING_S, NIGHT_S, WISHES) + begin_s
    within = random.choice([t.at_s for t in overheard], WISHES)
    times = np.where(random.random(WISHES) < IN_TALK, within, free)
    if kind.television:
        show = _conversation(random, talk, kind.television, begin_s + EVENING_S)
        times[: WISHES // 2] = random.choice([t.at_s for t in show], WISHES // 2)
        overheard += show
    times = np.sort(times)
    for before, after in pairwise(range(WISHES)):
        times[after] = max(times[after], times[before] + 60.0)  # nobody wants dark a second after light
    moments: list[Moment] = [*overheard]
    for number, at_s in enumerate(times):
        person = people[int(random.integers(len(people)))]
        intent: Intent = "light_off" if number % 2 else "light_on"
        sayings = person[intent]
        text = vary(sayings[int(random.integers(len(sayings)))], random)
        slips = bool(random.random() < kind.wrong_flips)
        moments.append(Wish(at_s, tuple(text.split()), intent, random.uniform(2.0, 4.0), slips))
        if random.random() < kind.wrong_flips:
            last = overheard[int(random.integers(len(overheard)))]
            moments.append(Flip(last.at_s + 0.3 * len(last.words) + random.uniform(2.0, 4.0)))
    by_hand = begin_s + random.uniform(MORNING_S, NIGHT_S)
    return [*moments, Flip(by_hand), Flip(by_hand + 600.0)]


def _conversation(
    random: np.random.Generator, talk: Sequence[Sequence[tuple[str, ...]]], size: int, at_s: float
) -> list[Talk]:
    """Utterances that follow each other in one meeting, with pauses of a second or two between them."""
    meeting = talk[int(random.integers(len(talk)))]
    begin = int(random.integers(max(1, len(meeting) - size)))
    found = []
    for words in meeting[begin : begin + size]:
        soon = random.random() < OBJECTED
        found.append(Talk(at_s, words, random.uniform(1.5, 5.0) if soon else 60.0))
        at_s += 0.3 * len(words) + 0.5 + random.uniform(0.5, 3.0)
    return found


def vary(text: str, random: np.random.Generator) -> str:
    """Say it as ever, or a little differently."""
    if random.random() < SPOKEN_AS_EVER:
        return text
    first = text.split()[0]
    before = [f"{word} {text}" for word in ("hey", "okay", "um", "so", "and", first)]
    changes = [*before, *(f"{text} {word}" for word in ("please", "now", "then", "everybody"))]
    return changes[int(random.integers(len(changes)))]
