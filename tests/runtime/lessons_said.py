"""What a household said, as retraining is given it, and as its journal holds it."""

from collections.abc import Iterable

from model.examples import Utterance
from runtime.journal.journal import Journal
from runtime.learning.said import Said
from tests.runtime.diary import DAY_S, heard

NOON = 1_800_000_000.0

FEW = (Utterance(("turn", "on", "the", "light"), "light_on"), Utterance(("good", "morning"), "none"))
"""In place of the sanity set, for speed."""


def said(*lessons: tuple[str, str | None], source: str = "claimed", every_s: float = 60.0) -> list[Said]:
    """Utterances with their labels, in order, from noon on."""
    return [
        Said(number, tuple(text.split()), NOON + every_s * number, intent, source if intent else None)
        for number, (text, intent) in enumerate(lessons, start=1)
    ]


def household(lessons: int = 40) -> list[tuple[str, str | None]]:
    """A household with two words of its own."""
    texts = [
        ("lumos", "light_on"),
        ("nox dear", "light_off"),
        ("what a day", None),
        ("the soup is on", "none"),
    ]
    return [texts[number % len(texts)] for number in range(lessons)]


def write_down(journal: Journal, lessons: Iterable[tuple[str, str | None]], begin: float = NOON) -> list[int]:
    """Put them into a journal, a hundred a day; the numbers of the utterances."""
    session = journal.begin_session()
    numbers = []
    for number, (text, intent) in enumerate(lessons):
        at = begin + number * DAY_S / 100
        numbers.append(journal.add_utterance(heard(text, session, at)))
        if intent is not None:
            journal.add_label(numbers[-1], intent, "claimed", at)
    journal.flush()
    return numbers
