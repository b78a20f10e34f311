"""What commands buried in talk are learned from: the last words of talk with a command in it, or with none.

Nobody labelled long talk for commands, and there are hardly any in what was recorded. So commands are put behind real
talk, and against each stand several that are told, asked or forbidden there (phrases/around.yaml), which a lamp must
not obey. Read is at the end of a command, and somewhere from the word on that completes it until a little behind it;
of what asks for nothing, wherever the end names a lamp.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from model.buried import AFTER, ALONE, LONG, READ, RECENT, VERBS
from model.examples import Utterance
from model.intent import Intent
from model.unfinished import LAMPS, PARTICLES, REMARKS

Words = tuple[str, ...]

AROUND: Final = Path(__file__).parent / "phrases" / "around.yaml"

DRAWS: Final = 2
"""Times that each command is put into talk."""

NARRATIONS: Final = 3
"""Commands told, asked or forbidden for each that is meant."""

LONGEST_COMMAND: Final = 12
"""Words of a command that is put into talk, at most; longer ones are half talk themselves."""

ENOUGH: Final = READ + 6
"""Words of talk before a command, at least: all that is read, and more."""

REQUEST_BEFORE: Final = 0.15
"""Share of the talk that ends in a request for something else."""

CONNECTED: Final = 0.5
"""Share of the commands with a connector before, and of the talk behind them that begins with one."""

BARE, FINITE = 0.5, 0.8
"""Bounds of a draw: narrations with the bare verb, with a finite one, the rest with the gerund."""

THIRD: Final = 0.3
"""Share of the finite verbs in the third person; the others are in the past."""

MOST_OF_ONE: Final = 4
"""Readings of one text that asks for nothing, at most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The last words of an utterance, and what they ask for."""

    words: Words
    """At most RECENT."""

    intent: Intent
    """What was asked for when they had been heard."""

    weight: float = 1.0
    """How many examples it counts for."""


class Composer:
    """Puts commands, and what only sounds like them, into talk. Every draw follows the one before."""

    def __init__(self, training: Sequence[Utterance], talk: Sequence[Utterance], seed: int) -> None:
        """Take what commands, requests and talk there are; at least one utterance of talk must name no lamp."""
        self._draw = random.Random(f"{seed} buried")
        self._around: dict[str, list[Words]] = {}
        self._forms: dict[str, dict[str, str]] = {}
        for name, entries in yaml.safe_load(AROUND.read_text(encoding="utf-8")).items():
            if isinstance(entries, dict):
                self._forms[name] = entries
            else:
                self._around[name] = [tuple(entry.split()) for entry in entries]
        self._training = training
        self._talk = talk
        self._quiet = [u.words for u in talk if LAMPS.isdisjoint(u.words)]
        whole = [u for u in training if not u.since]
        self._requests = [u.words for u in whole if u.intent == "none" and LAMPS.isdisjoint(u.words)]
        short = [u for u in whole if len(u.words) <= LONGEST_COMMAND]
        self.commands = [u for u in short if u.intent != "none" and _says_all(u.words)]
        self._imperatives = [u.words for u in self.commands if u.words[0] in VERBS]

    def readings(self) -> list[Reading]:
        """Return all readings but the hardest; the same words with the same intent are one, with their weights."""
        sums: dict[tuple[Words, Intent], float] = {}
        for reading in (*self._meant(), *self._others(), *self._told()):
            if names_a_lamp(reading.words):
                key = reading.words, reading.intent
                sums[key] = sums.get(key, 0.0) + reading.weight
        # Talk comes as it is, each reading once, however often it was said.
        sums |= {(words, "none"): 1.0 for u in self._talk for words in _long(u.words, 0, len(u.words))}
        return [Reading(words, intent, weight) for (words, intent), weight in sums.items()]

    def narrations(self, count: int) -> list[Words]:
        """Return the last words of commands told, asked or forbidden, around the end of each."""
        found: dict[Words, None] = {}
        for _ in range(count if self._imperatives else 0):
            words, _, end = self._within(self._narrated())
            found |= {recent(words, at): None for at in range(end - 1, end + AFTER)}
        return [words for words in found if names_a_lamp(words)]

    def _meant(self) -> Iterator[Reading]:
        for command in self.commands:
            half = command.weight / 2
            complete, lamp = _completed(command.words)
            for _ in range(DRAWS):
                words, begin, end = self._within(command.words)
                yield Reading(recent(words, end), command.intent, half / DRAWS)
                at = self._draw.randint(begin + complete + 1, end + AFTER - 1)
                yield Reading(recent(words, at), command.intent, half / DRAWS)
            if lamp < complete:  # named, but "on" or "off" is still to come
                words, begin, _ = self._within(command.words)
                at = begin + self._draw.randint(lamp + 1, complete)
                yield Reading(recent(words, at), "none", half)
                broken = (*words[:at], *self._behind())
                if broken[at] not in PARTICLES:
                    yield Reading(recent(broken, at + self._draw.randint(1, AFTER + 1)), "none", half)

    def _others(self) -> Iterator[Reading]:
        for other in self._training:
            if other.intent != "none" or LAMPS.isdisjoint(other.words):
                continue
            for words in _long(other.words, 0, len(other.words)):
                yield Reading(words, "none", other.weight)
            for _ in range(DRAWS):
                words, begin, end = self._within(other.words)
                found = list(_long(words, begin, end + AFTER))
                for read in self._draw.sample(found, min(MOST_OF_ONE, len(found))):
                    yield Reading(read, "none", other.weight / DRAWS / 2)
                yield Reading(recent(words, end), "none", other.weight / DRAWS / 2)

    def _told(self) -> Iterator[Reading]:
        for _ in range(NARRATIONS * len(self._imperatives)):
            words, begin, end = self._within(self._narrated())
            yield Reading(recent(words, end), "none", 0.6)
            at = self._draw.randint(max(begin + 1, end - AFTER), end + AFTER + 1)
            yield Reading(recent(words, at), "none", 0.4)

    def _narrated(self) -> Words:
        verb, *rest = self._draw.choice(self._imperatives)
        kind = self._draw.random()
        if kind < BARE:
            return (*self._draw.choice(self._around["before_bare"]), verb, *rest)
        if kind < FINITE:
            told = verb + ("es" if verb.endswith("ch") else "s")
            if self._draw.random() >= THIRD:
                told = self._forms["past"][verb]
            adverb = self._draw.choice(self._around["adverbs"]) if self._draw.random() < 0.75 else ()
            return (*self._draw.choice(self._around["subjects"]), *adverb, told, *rest)
        return (*self._draw.choice(self._around["before_gerund"]), self._forms["gerund"][verb], *rest)

    def _within(self, said: Words) -> tuple[Words, int, int]:
        """Return something said within talk, and where it begins and ends."""
        before = self._before()
        end = len(before) + len(said)
        return (*before, *said, *self._behind()), len(before), end

    def _before(self) -> Words:
        words: Words = ()
        while len(words) < ENOUGH:
            words = (*self._draw.choice(self._quiet), *words)
        if self._requests and self._draw.random() < REQUEST_BEFORE:
            words = (*words, *self._draw.choice(self._requests))
        if self._draw.random() < CONNECTED:
            words = (*words, *self._draw.choice(self._around["connectors"]))
        return words

    def _behind(self) -> Words:
        more = self._draw.choice(self._around["after"]) if self._draw.random() < CONNECTED else ()
        talk: Words = ()
        while len(talk) <= AFTER + 1:
            talk = (*talk, *self._draw.choice(self._quiet))
        return (*more, *talk)


def recent(words: Words, heard: int) -> Words:
    """Return the last RECENT of the first `heard` words."""
    return words[max(0, heard - RECENT) : heard]


def names_a_lamp(words: Words) -> bool:
    """Return whether one of the last words is a lamp, as in `buried.last_lamp`."""
    return not LAMPS.isdisjoint(words[-AFTER - 1 :])


def _long(words: Words, begin: int, end: int) -> Iterator[Words]:
    """Yield what is read of an utterance where it names a lamp, at the words from `begin` to `end`."""
    for heard in range(max(LONG, begin + 1), min(end, len(words)) + 1):
        if names_a_lamp(read := recent(words, heard)):
            yield read


def _completed(words: Words) -> tuple[int, int]:
    """Return the place of the word that completes a command, and that of its first lamp."""
    lamp = next(at for at, word in enumerate(words) if word in LAMPS)
    particle = next((at for at, word in enumerate(words) if word in PARTICLES), 0)
    return max(lamp, particle), lamp


def _says_all(words: Words) -> bool:
    """Return whether a command names lamp, verb and particle, or a verb that needs none."""
    said = {*words}
    if said.isdisjoint(LAMPS) or not said.isdisjoint(REMARKS):
        return False
    return not said.isdisjoint(ALONE) or not (said.isdisjoint(PARTICLES) or said.isdisjoint(VERBS))
