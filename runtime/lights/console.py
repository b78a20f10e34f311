"""A line of text in place of a lamp."""

import time
from collections.abc import Callable

from runtime.lights.light import LightHealth, Reached, State, not_told, state_of


def print_line(line: str) -> None:
    """Write a line to standard output at once, also into a pipe."""
    print(line, flush=True)


class ConsoleLight:
    """Writes `light on` and `light off`."""

    def __init__(self, write: Callable[[str], object] = print_line, reached: Reached = not_told) -> None:
        self._write = write
        self._tell_reached = reached
        self._state: State | None = None

    def switch(self, on: bool) -> None:
        self._state = state_of(on)
        self._write(f"light {self._state}")
        self._tell_reached(on, time.perf_counter())

    def health(self) -> LightHealth:
        """A line can always be written."""
        return LightHealth("The console", self._state, self._state)

    def close(self) -> None:
        """Nothing to let go of."""
