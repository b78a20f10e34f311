"""Labels that contradict each other: the same words, taught to mean different things.

In the manner of confident learning (Northcutt, Jiang and Chuang 2021, arXiv 1911.00068): the other lessons on the
same words vote, each with its strength; a lesson outvoted by more than MAJORITY is likely a slip. Only what people
said often enough can be judged so, and a habit that changed is no slip: the newest lessons are left alone.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from model.intent import INTENTS, Intent
from runtime.learning.said import Said

MAJORITY: Final = 0.75
"""Share of the other lessons' strength that must speak for another intent."""

LEAST_OTHERS: Final = 3
"""Other lessons on the same words without which nothing can be said."""

NEWEST: Final = 2
"""The newest lessons on some words may be a new habit."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A lesson that the others on the same words contradict."""

    id: int
    """Number of the utterance."""

    text: str
    """What was heard."""

    label: Intent
    """Its label."""

    suggested: Intent
    """What the others say."""

    others: int
    """How many there are."""

    def as_json(self) -> dict[str, object]:
        """A line of `foreglow retrain --json`."""
        return {"event": "contradiction", **asdict(self)}

    def sentence(self) -> str:
        """For people: what contradicts, and how to mend it."""
        return (
            f"utterance {self.id}, “{self.text}”, is labelled {self.label}, but {self.others} others with the same "
            f"words say {self.suggested}; if that is right, say `foreglow correct {self.id} {self.suggested}`."
        )


def contradictions(said: Sequence[Said]) -> list[Contradiction]:
    """Return the lessons that are outvoted, in the order in which they were heard."""
    by_words: dict[tuple[str, ...], list[Said]] = {}
    for each in said:
        if each.intent is not None:
            by_words.setdefault(each.words, []).append(each)
    found = []
    for words, lessons in by_words.items():
        votes = dict.fromkeys(INTENTS, 0.0)
        for each in lessons:
            votes[_intent(each)] += each.strength
        for each in lessons[:-NEWEST]:
            others = {
                intent: vote - (intent == each.intent) * each.strength for intent, vote in votes.items()
            }
            suggested = max(others, key=lambda intent: others[intent])
            outvoted = suggested != each.intent and others[suggested] > MAJORITY * sum(others.values())
            if outvoted and each.source != "corrected" and len(lessons) - 1 >= LEAST_OTHERS:
                found.append(
                    Contradiction(each.number, " ".join(words), _intent(each), suggested, len(lessons) - 1)
                )
    return sorted(found, key=lambda each: each.id)


def _intent(lesson: Said) -> Intent:
    assert lesson.intent is not None
    return lesson.intent
