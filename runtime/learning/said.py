"""What retraining learns from: the utterances of the journal, with what is known of their meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from model.examples import Utterance
from model.household import Example, doubted
from model.intent import Intent
from runtime.learning.learner import MOST_SILENT, SILENCE, STRENGTH
from runtime.lesson import Source

HELD_OUT_EACH: Final = 5
"""Every fifth lesson is kept from training, to try the candidate on."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance of the journal, with what is known of its meaning."""

    number: int
    """Its number in the journal."""

    words: tuple[str, ...]
    """What was heard; at least one word."""

    wall_time: float
    """When, in seconds since 1970."""

    intent: Intent | None
    """The label in force; None where nobody touched the switch."""

    source: Source | None
    """How the label is known."""

    @property
    def strength(self) -> float:
        """How many examples it counts for."""
        return STRENGTH[self.source] if self.source else SILENCE

    @property
    def utterance(self) -> Utterance:
        """As an example for training, or to try a model on."""
        return Utterance(self.words, self.intent or "none", self.strength)

    @property
    def example(self) -> Example:
        """As the household's counts learn it."""
        objection = self.source == "objected"
        return Example(self.number, self.words, self.intent or "none", self.strength, objection)


def said_of(answers: Sequence[Mapping[str, Any]]) -> list[Said]:
    """The utterances of `history` answers (runtime/journal/requests.py), oldest first; those without words left out."""
    found = [
        Said(each["id"], tuple(each["text"].split()), each["wall_time"], each["label"], each["source"])
        for each in answers
        if each["text"]
    ]
    return sorted(found, key=lambda each: each.number)


def parts(said: Sequence[Said]) -> tuple[list[Said], list[Said]]:
    """What is trained on, and what is held out: every fifth lesson, and of what met with silence every fifth too."""
    silent = [each for each in said if each.intent is None][-MOST_SILENT:]
    training: list[Said] = []
    held_out: list[Said] = []
    for group in ([each for each in said if each.intent is not None], silent):
        for place, each in enumerate(group):
            (held_out if place % HELD_OUT_EACH == HELD_OUT_EACH - 1 else training).append(each)
    return training, held_out


def without_slips(training: Sequence[Said], said: Sequence[Said]) -> list[Said]:
    """Return what to train on without the flips back that are in doubt, judged by all lessons on their words."""
    by_words: dict[tuple[str, ...], list[Example]] = {}
    for each in said:
        if each.intent is not None:
            by_words.setdefault(each.words, []).append(each.example)
    slips = {number for examples in by_words.values() for number in doubted(examples)}
    return [each for each in training if each.number not in slips]


def words_gone(before: Sequence[Said], now: Sequence[Said]) -> frozenset[str]:
    """Words of utterances that have been forgotten since, as far as no lesson that is left has them."""
    oldest = min(
        (each.number for each in now), default=0
    )  # what is older may be too many to be read, and there
    left = {each.number for each in now}
    gone = {
        word for each in before if each.number >= oldest and each.number not in left for word in each.words
    }
    return frozenset(gone - {word for each in now if each.intent is not None for word in each.words})
