"""A lamp that began while its disk was full or read-only: when that has passed, it is to be started again.

What learns, keeps and answers is put together once, at the start, and around an open journal. To begin anew is simpler
than to put it in later, and takes the few seconds that a start takes.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from runtime.errors import ControlError, JournalError, StateBackError
from runtime.journal.journal import Journal
from runtime.state_lock import state_lock

LOOK_S: Final = 20.0
"""Seconds between two looks."""


class Comeback:
    """Looks whether the journal can be opened by now. `due` is for the listening thread, `look` for another."""

    def __init__(
        self,
        state_folder: Path,
        end: Callable[[], object],
        *,
        held: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`end`: called once when it can; whoever runs the lamp then calls `check`.

        Args:
            held: whether this process holds the state folder already.
            monotonic: steady seconds.
        """
        self._state_folder = state_folder
        self._end = end
        self._held = held
        self._monotonic = monotonic
        self._next_s = monotonic() + LOOK_S
        self._is_back = False

    @property
    def due(self) -> bool:
        """Whether it is time to look; then not again for LOOK_S."""
        if self._monotonic() < self._next_s:
            return False
        self._next_s = self._monotonic() + LOOK_S
        return True

    def look(self) -> None:
        """Try to open the journal."""
        try:
            with ExitStack() as stack:
                if not self._held:
                    stack.enter_context(state_lock(self._state_folder))
                stack.enter_context(Journal.open(self._state_folder))
        except (ControlError, JournalError):
            return
        self._is_back = True
        self._end()

    def check(self) -> None:
        """Raise StateBackError if the lamp was ended for this reason."""
        if self._is_back:
            raise StateBackError(
                f"the state folder {self._state_folder} can be used again; the lamp ends to be started with it."
            )
