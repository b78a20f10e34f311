"""A few words of a sentence that asks for nothing, taught as a command: does that sentence switch the lamp then?

The hardest case for a taught phrase: it is said word for word, within something else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from benchmarks.tables import markdown
from model.household import FILLERS
from model.intent import Intent

PLACES: Final = ("beginning", "midst", "end")
"""Where in its sentence a piece stands."""

LONGEST: Final = 3
"""Words of a piece, at most."""

BEFORE: Final = ("so", "and", "the")
"""Words that lead to nothing in particular, or that the recogniser writes for a noise."""

SEED: Final = 8


class Taught(Protocol):
    """What a lamp must let be done with it; benchmarks/new_phrases.py has one."""

    def taught(self, text: str, intent: Intent) -> int:
        """Teach one lesson."""

    def unlearn(self) -> None:
        """Forget every lesson."""

    def intent(self, text: str) -> Intent:
        """What it does in the end."""

    def fires(self, sentences: Sequence[str]) -> set[str]:
        """The sentences at which it switches at any word."""


@dataclass
class Pieces:
    """What came of the pieces of one place."""

    obeyed: int = 0
    """Pieces that are obeyed as taught; only of these the rest is counted."""

    sentences: int = 0
    """Sentences, of which they are pieces, that switch the lamp."""

    led_in: int = 0
    """Pieces that are obeyed after each word of BEFORE as well."""


def pieces_of(lamp: Taught, sentences: Sequence[str], times: int) -> dict[str, Pieces]:
    """Teach each piece alone, `times` times for light, and hear its sentence; returns what came of it by place."""
    random = np.random.default_rng(SEED)
    found = {place: Pieces() for place in PLACES}
    for sentence in sentences:
        words = sentence.split()
        count = int(random.integers(1, LONGEST + 1))
        if len(words) < count + 2:
            continue
        begins = (0, int(random.integers(1, len(words) - count)), len(words) - count)
        for place, begin in zip(PLACES, begins, strict=True):
            piece = words[begin : begin + count]
            if not FILLERS.issuperset(piece):
                _try(lamp, " ".join(piece), sentence, times, found[place])
    return found


def _try(lamp: Taught, piece: str, sentence: str, times: int, found: Pieces) -> None:
    if lamp.intent(piece) != "none" or lamp.fires([sentence]):
        return
    for _ in range(times):
        lamp.taught(piece, "light_on")
    if lamp.intent(piece) == "light_on":
        found.obeyed += 1
        found.sentences += len(lamp.fires([sentence]))
        found.led_in += all(lamp.intent(f"{word} {piece}") == "light_on" for word in BEFORE)
    lamp.unlearn()


def pieces_table(groups: Mapping[str, Mapping[str, Pieces]]) -> str:
    """Return the table, by group of sentences and place."""
    rows = [
        [title, place, f"{each.obeyed:,}", f"{each.sentences:,}", f"{each.led_in:,}"]
        for title, places in groups.items()
        for place, each in places.items()
    ]
    led_in = ", ".join(f"“{word} …”" for word in BEFORE)
    return markdown(
        [
            "pieces of",
            "from its",
            "obeyed as taught",
            "their sentence switches the lamp",
            f"obeyed after {led_in}",
        ],
        rows,
    )
