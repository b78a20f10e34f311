"""No thread dies silently: one that fails ends the process, with a sentence, for a supervisor to start it again."""

import logging
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from runtime.errors import StageError
from runtime.supervision.log import error_text

_log = logging.getLogger(__name__)

_MINDED = ("paho-mqtt-client",)
"""Beginnings of names: who began these sees that they ended, and begins new ones."""

_PASSING: Final = ("reload", "microphone", "watcher")
"""They end when their work is done."""

_MAY_END: Final = ("switch",)
"""The reader of a terminal ends with the terminal."""


END_BY_S: Final = 30.0
"""Seconds to end in order; a thread that failed may have held what others wait for."""


class Threads:
    """Watches over every thread of the process while the `with` block runs."""

    def __init__(self, end: Callable[[], object]) -> None:
        """`end` is called, in the thread that failed, to have the process end in order."""
        self._end = end
        self._failure: str | None = None
        self._watched: tuple[threading.Thread, ...] = ()
        self._too_late = threading.Timer(END_BY_S, os._exit, (1,))
        self._too_late.daemon = True

    def __enter__(self) -> Self:
        self._before = threading.excepthook
        threading.excepthook = self._fail
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        threading.excepthook = self._before
        self._too_late.cancel()

    def watch(self) -> None:
        """All are running now: from here on, one that is gone is missed."""
        leave_out = (*_MINDED, *_PASSING)
        self._watched = tuple(
            thread
            for thread in threading.enumerate()
            if thread is not threading.main_thread() and not thread.name.startswith(leave_out)
        )

    def alive(self) -> dict[str, bool]:
        """Whether each is, by its name."""
        return {thread.name: thread.is_alive() for thread in self._watched}

    def check(self) -> None:
        """Raises StageError when one has failed, or is gone without a word."""
        if self._failure is not None:
            raise StageError(self._failure)
        for thread in self._watched:
            if not thread.is_alive() and thread.name not in _MAY_END:
                raise StageError(f"the thread '{thread.name}' ended, and the lamp with it.")

    def _fail(self, failed: "threading.ExceptHookArgs") -> None:
        name = "?" if failed.thread is None else failed.thread.name
        error = failed.exc_value or failed.exc_type()
        _log.error("The thread '%s' failed.", name, exc_info=error)
        if not name.startswith(_MINDED) and self._failure is None:
            what = error_text(error)
            self._failure = f"the thread '{name}' failed ({what}), and the lamp ends; the log says where."
            self._too_late.start()
            self._end()
