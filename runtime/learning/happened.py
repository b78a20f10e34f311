"""What lessons are drawn from: speech, acts of the lamp and flips of the switch, on one steady clock."""

from dataclasses import dataclass

from runtime.decision import Probabilities
from runtime.lesson import Who


@dataclass(frozen=True, slots=True)
class Spoke:
    """An utterance is over."""

    utterance: int
    """Its number."""

    began_s: float
    """When it began, in seconds."""

    ended_s: float
    """When it ended, in seconds."""

    probabilities: Probabilities
    """What its last word left likely."""


@dataclass(frozen=True, slots=True)
class Acted:
    """The lamp commanded the light because of an utterance, which may still be going on."""

    utterance: int
    """Its number."""

    at_s: float
    """When, in seconds."""

    on: bool
    """What was commanded."""

    before: bool
    """Whether the light was on before."""


@dataclass(frozen=True, slots=True)
class Retracted:
    """The lamp took its last act for an utterance back by itself."""

    utterance: int
    """Its number."""

    at_s: float
    """When, in seconds."""


@dataclass(frozen=True, slots=True)
class Flipped:
    """A switch reports a state, or somebody other than the decision commanded one."""

    at_s: float
    """When, in seconds."""

    on: bool
    """The state."""

    before: bool
    """Whether the light was on before."""

    who: Who
    """Whose doing it was."""


Happened = Spoke | Acted | Retracted | Flipped
