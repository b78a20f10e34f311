"""Retraining by night, in a process of its own: at a set hour, when there is enough new and nobody speaks.

The child is made to wait whenever somebody speaks, and ended when it grows too large, takes too long, or the lamp
stops; a retraining that was ended leaves everything as it was, and is tried again the next night.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as time_of_day
from types import TracebackType
from typing import Final, Protocol, Self

from runtime.errors import ForeglowError
from runtime.events import Event, Heard, SpeechEnded
from runtime.learning.child import beyond_bounds

_log = logging.getLogger(__name__)

HOUR_S: Final = 3_600.0
"""How long after the set time it may still begin; a lamp that was away then waits for the next night."""

QUIET_S: Final = 60.0
"""Nobody must have spoken for so long before it begins."""

BREATH_S: Final = 5.0
"""Nor for so long before it goes on."""

LOOK_S: Final = 1.0
"""Seconds between two looks."""


class Running(Protocol):
    """A retraining that goes on; runtime/learning/child.py has the real one."""

    paused: bool
    """Whether it waits."""

    def pause(self) -> None:
        """Make it wait."""
        ...

    def resume(self) -> None:
        """Let it go on."""
        ...

    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        ...

    def memory_mb(self) -> float:
        """Its own memory in MB."""
        ...

    def end(self) -> str:
        """Kill it if it runs; what it said last on standard error."""
        ...


class Nightly:
    """Begins retrainings and minds them. `heard` is called by the listening thread, `look` by a thread of our own."""

    def __init__(
        self,
        at: time_of_day | None,
        least_lessons: int,
        new_lessons: Callable[[], int],
        start: Callable[[], Running],
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing happens before the `with` block begins, or `look` is called.

        Args:
            at: local time of day; None for never.
            least_lessons: so many must have been given since the last retraining.
            new_lessons: how many there are; may raise an error of ours.
            start: begins a retraining; may raise OSError.
            wall: the time in seconds since 1970.
            steady: steady seconds.
        """
        self._at = at
        self._least_lessons = least_lessons
        self._new_lessons = new_lessons
        self._start = start
        self._wall = wall
        self._steady = steady
        self._lock = threading.Lock()  # guards the child
        self._child: Running | None = None
        self._done_for: float | None = None
        self._spoke_s = steady()
        self._looked_s = 0.0
        self._took_s = 0.0
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._at is not None:
            self._thread = threading.Thread(target=self._mind, name="nightly", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        self.end()

    def heard(self, event: Event) -> None:
        """Somebody speaks, or has just spoken: whatever goes on waits. Takes microseconds."""
        if isinstance(event, Heard | SpeechEnded):
            self._spoke_s = self._steady()
            child = self._child  # without the lock, which `look` may hold while the system is slow
            if child is not None and not child.paused:
                child.pause()

    def look(self) -> None:
        """See what there is to do."""
        with self._lock:
            if self._child is None:
                self._begin()
            else:
                self._look_after(self._child)

    def end(self) -> None:
        """End the retraining that goes on, if one does."""
        with self._lock:
            if self._child is not None:
                self._child.end()
                self._child = None

    def forget(self, _gone: set[int]) -> str:
        """Something is about to be forgotten that the retraining that goes on may have read: it ends."""
        self.end()
        return ""

    def _begin(self) -> None:
        night = None if self._at is None else night_of(self._at, self._wall())
        if night is None or night == self._done_for or self._steady() - self._spoke_s < QUIET_S:
            return
        self._done_for = night
        try:
            if self._new_lessons() < self._least_lessons:
                return
            self._child = self._start()
        except ForeglowError as error:
            _log.warning("Tonight's retraining does not begin: %s", error)
        except OSError as error:
            _log.warning("Tonight's retraining cannot begin: %s.", error.strerror)
        self._looked_s, self._took_s = self._steady(), 0.0

    def _look_after(self, child: Running) -> None:
        now_s = self._steady()
        took_s, self._looked_s = now_s - self._looked_s, now_s
        status = child.status()
        if status is not None:
            self._child = None
            told = child.end()
            if status != 0:
                _log.warning("Tonight's retraining failed: %s", told or f"it ended with status {status}")
            return
        if child.paused:
            if now_s - self._spoke_s >= BREATH_S:
                child.resume()
            return
        self._took_s += took_s
        why = beyond_bounds(child.memory_mb(), self._took_s)
        if why is not None:
            self._child = None
            child.end()
            _log.warning("Tonight's retraining was ended: %s.", why)

    def _mind(self) -> None:
        while not self._closing.wait(LOOK_S):
            try:
                self.look()
            except Exception:  # noqa: BLE001 - a mistake of ours: the next night may go better
                _log.exception("Tonight's retraining was given up.")
                self.end()


def night_of(at: time_of_day, now: float) -> float | None:
    """When the time of day was last, in seconds since 1970, if that is less than an hour ago."""
    local = datetime.fromtimestamp(now)
    begin = datetime.combine(local.date(), at)
    if begin > local:
        begin -= timedelta(days=1)
    return begin.timestamp() if now - begin.timestamp() < HOUR_S else None
