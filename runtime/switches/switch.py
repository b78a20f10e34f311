"""What every switch is."""

from typing import Protocol


class Switch(Protocol):
    """Something that a person flips; it calls back with the state that is wanted, from a thread of its own."""

    def close(self) -> None:
        """No call comes after this one. Calling it again does nothing."""


class NoSwitch:
    """Where there is none."""

    def close(self) -> None:
        """Nothing to let go of."""
