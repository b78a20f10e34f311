"""What the lamp learns from: an utterance, what was meant by it, and how surely that is known."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from model.intent import Intent

Source = Literal["unobjected", "objected", "claimed", "corrected"]
"""How a label came about, from the weakest to the strongest: nobody objected to what the lamp did; a person
flipped it back; a person did by hand what the lamp had not done; a person said so in the page or with
`foreglow correct`."""

SOURCES: Final[tuple[Source, ...]] = get_args(Source)
"""In the order of strength."""

Who = Literal["lamp", "switch", "page", "command", "schedule"]
"""What changed the light."""

PERSONS: Final[frozenset[Who]] = frozenset({"switch", "page", "command"})
"""Those behind whom a person stands; `lamp` and `schedule` are ourselves."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one utterance is now known to have meant."""

    utterance: int
    """Number of the utterance."""

    intent: Intent
    """What was meant."""

    source: Source
    """How that is known."""

    at_s: float
    """When it was known, in seconds on the session's steady clock."""
