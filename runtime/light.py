"""The lamp itself: what is switched when the lamp has decided."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from runtime.config import LightConfig
from runtime.program import run_program

_log = logging.getLogger(__name__)

_KILLING_S = 2.0
"""Seconds granted for a program that is killed to be gone."""


class Light(Protocol):
    """Something that is on or off."""

    def switch(self, on: bool) -> None:
        """Make it so; returns at once, so that listening never waits for a light."""

    def close(self) -> None:
        """Finish what was asked for and let go. Calling it again does nothing."""


def print_line(line: str) -> None:
    """Write a line to standard output at once, also into a pipe."""
    print(line, flush=True)


def make_light(config: LightConfig, write: Callable[[str], object] = print_line) -> Light:
    """The configured light; a console light writes its lines through `write`."""
    if config.kind == "command":
        return CommandLight(config.command, config.timeout_s)
    return ConsoleLight(write)


class ConsoleLight:
    """A line of text in place of a lamp."""

    def __init__(self, write: Callable[[str], object] = print_line) -> None:
        self._write = write

    def switch(self, on: bool) -> None:
        self._write("light on" if on else "light off")

    def close(self) -> None:
        """Nothing to let go of."""


class CommandLight:
    """Runs a program with `on` or `off` as its last argument, in a thread of its own.

    One run at a time. What is asked for during a run waits for its end, and only the latest is then done.
    The first failure is warned about, those right after it are not; the first success after it is told.
    """

    def __init__(self, command: Sequence[str], timeout_s: float) -> None:
        """`command`: program and arguments, at least the program. `timeout_s`: seconds a run may take."""
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._changed = threading.Condition()
        self._wanted: bool | None = None
        self._close_by: float | None = None
        self._failing = False
        self._thread = threading.Thread(target=self._work, name="light", daemon=True)
        self._thread.start()

    def switch(self, on: bool) -> None:
        with self._changed:
            self._wanted = on
            self._changed.notify()

    def close(self) -> None:
        """Wait until the state last asked for is reached, for at most `timeout_s` seconds."""
        with self._changed:
            if self._close_by is None:
                self._close_by = time.monotonic() + self._timeout_s
            self._changed.notify()
        self._thread.join(self._timeout_s + _KILLING_S)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted is not None or self._close_by is not None)
                wanted, self._wanted = self._wanted, None
                timeout_s = self._timeout_s
                if self._close_by is not None:
                    timeout_s = min(timeout_s, self._close_by - time.monotonic())
            if wanted is None:
                return
            state = "on" if wanted else "off"
            if timeout_s > 0:
                self._report(run_program((*self._command, state), timeout_s))
            else:
                self._report(f"had no time left to be run with {state}")

    def _report(self, failure: str | None) -> None:
        if failure is not None and not self._failing:
            _log.warning("The light program %s %s.", self._command[0], failure)
        elif failure is None and self._failing:
            _log.warning("The light program %s works again.", self._command[0])
        self._failing = failure is not None
