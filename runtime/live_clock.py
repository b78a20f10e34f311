"""The audio clock as other threads see it: a switch is flipped between two blocks of sound."""

import time
from collections.abc import Callable


class LiveClock:
    """Goes on with the computer's clock from the end of the block heard last, and never back."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`monotonic`: steady seconds."""
        self._monotonic = monotonic
        self._anchor = (0.0, monotonic())  # one value, so that no reader sees half of a change
        self._last_s = 0.0

    def heard(self, until_s: float) -> None:
        """Sound has been heard up to this time of the audio clock, in seconds."""
        self._anchor = (until_s, self._monotonic())

    def now_s(self) -> float:
        """Seconds on the audio clock."""
        until_s, then_s = self._anchor
        self._last_s = max(self._last_s, until_s + self._monotonic() - then_s)
        return self._last_s
