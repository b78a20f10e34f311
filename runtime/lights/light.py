"""What the loop sees of a light, and what a light has to be able to do."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

State = Literal["on", "off"]
"""Of a light."""


Reached = Callable[[bool, float], object]
"""Told that a light has been switched: whether it is on, and when that was on the steady clock
(`time.perf_counter`, seconds). Called from the thread that switched it; must not wait."""


def not_told(_on: bool, _at: float) -> None:
    """Nobody wants to know."""


class Light(Protocol):
    """Something that is on or off."""

    def switch(self, on: bool) -> None:
        """Make it so; returns at once, so that listening never waits for a light."""

    def close(self) -> None:
        """Finish what was asked for and let go. Calling it again does nothing."""


class Device(Protocol):
    """What really switches. Used by one thread, which may wait for it."""

    @property
    def name(self) -> str:
        """What it is, to begin a sentence: `The LED ACT`."""

    def set(self, on: bool, timeout_s: float) -> None:
        """Make it so within about `timeout_s` seconds. Raises LightError."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class LightHealth:
    """How a light is doing, for `foreglow status`."""

    device: str
    """What it is."""

    wanted: State | None = None
    """As it was last asked to be; None before the first time."""

    reached: State | None = None
    """As it last was for sure."""

    failure: str | None = None
    """What keeps it from being as wanted, to follow its name; None when nothing does."""

    failures: int = 0
    """Attempts in vain since the start."""

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def state_of(on: bool) -> State:
    """The word for it."""
    return "on" if on else "off"
