"""The space key of a terminal as a switch."""

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import Callable

from runtime.switches.switch import NoSwitch, Switch

KEY = b" "
"""The key that flips the light at a terminal."""

_BACKGROUND_POLL_S = 0.5
"""How often to look whether a process in the background has come back to the terminal."""


def make_console_switch(flip: Callable[[bool], object], lit: Callable[[], bool]) -> Switch:
    """The space key of the terminal; none when standard input is no terminal, or belongs to another job.

    Args:
        flip: told what is wanted.
        lit: whether the light is on now; the key wants the opposite.
    """
    try:
        descriptor = sys.stdin.fileno()
        if os.isatty(descriptor) and _in_foreground(descriptor):
            return ConsoleSwitch(descriptor, flip, lit)
    except (AttributeError, OSError, ValueError, termios.error):
        pass  # closed, replaced by something that is no file, or gone: then there are no keys
    return NoSwitch()


class ConsoleSwitch:
    """Reads single keys from a terminal; its settings are as before after `close`. Ctrl-C works as ever."""

    def __init__(self, terminal: int, flip: Callable[[bool], object], lit: Callable[[], bool]) -> None:
        """`terminal`: an open file descriptor. Raises termios.error when it is no terminal."""
        self._terminal = terminal
        self._flip = flip
        self._lit = lit
        self._settings = termios.tcgetattr(terminal)
        self._wake_read, self._wake_write = os.pipe()
        self._closed = False
        tty.setcbreak(terminal, termios.TCSADRAIN)
        self._thread = threading.Thread(target=self._read, name="switch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        os.write(self._wake_write, b"x")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)
        # In the background, setting the terminal would stop the process; with the signal held back it works.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        with contextlib.suppress(termios.error):  # the terminal is gone, and its settings with it
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._settings)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def _read(self) -> None:
        while True:
            foreground = _in_foreground(self._terminal)
            watched = [self._wake_read, self._terminal] if foreground else [self._wake_read]
            ready, _, _ = select.select(watched, [], [], None if foreground else _BACKGROUND_POLL_S)
            if self._wake_read in ready:
                return
            # What is typed while in the background is for the shell, and reading it would stop the process.
            if not ready or not _in_foreground(self._terminal):
                continue
            try:
                keys = os.read(self._terminal, 64)
            except OSError:
                return
            if not keys:
                return
            for _ in range(keys.count(KEY)):
                self._flip(not self._lit())


def _in_foreground(terminal: int) -> bool:
    """Whether what is typed is for this process; True for a terminal that rules nobody."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True
