"""How the microphone is, and what comes in place of a block while there is no sound."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["starting", "listening", "muted", "no microphone"]
"""`starting`: it is being opened for the first time, or after it was muted."""


@dataclass(frozen=True, slots=True)
class NoSound:
    """In place of a block, about twice a second, while there is no sound to be had."""

    state: State
    """Why; `listening` while the device heard last is being let go."""

    trouble: str | None
    """With `no microphone`, the sentence that says what is the matter with it."""
