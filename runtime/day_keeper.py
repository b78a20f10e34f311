"""The figures of each day, kept by the running lamp for the charts of the page: how long acts took, and its memory.

One row a day, written each hour if it has changed, when the day is over and when the lamp ends in order.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from runtime.errors import JournalError
from runtime.health import resident_mb
from runtime.journal.days import DayFigures
from runtime.journal.journal import Journal
from runtime.latency import PERCENTILES, Latencies, Latency, percentile

_log = logging.getLogger(__name__)

LOOK_S: Final = 60.0
"""Seconds between two looks at the memory."""

WRITE_S: Final = 3_600.0
"""Seconds between two writes of the same day."""

LEAST_MB: Final = 1.0
"""More memory than was written, by less than this, is no reason to write."""


class DayKeeper:
    """`due` is for the listening thread, `look` and `close` for others."""

    def __init__(
        self,
        journal: Journal | None,
        latencies: Callable[[], Latencies],
        *,
        resident: Callable[[], float | None] = resident_mb,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`journal`: None when there is none to be had; then nothing is kept.

        Args:
            latencies: all acts of this run so far.
            resident: memory of the process in MB.
            wall: the time in seconds since 1970.
            monotonic: steady seconds.
        """
        self._journal = journal
        self._latencies = latencies
        self._resident = resident
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._look_s = monotonic()
        self._write_s = 0.0
        self._day = ""
        self._before: DayFigures | None = None
        self._seen: Latency | None = None
        self._memory_mb: float | None = None
        self._written: DayFigures | None = None

    @property
    def due(self) -> bool:
        """Whether it is time to look; then not again for LOOK_S."""
        if self._journal is None or self._monotonic() < self._look_s:
            return False
        self._look_s = self._monotonic() + LOOK_S
        return True

    def look(self) -> None:
        """See what the day is like; what cannot be written is tried again."""
        if self._journal is None:
            return
        with self._lock:
            try:
                self._see(self._journal)
            except JournalError as error:
                _log.warning("The figures of the day cannot be kept: %s", error)

    def close(self) -> None:
        """Write what there is: the lamp ends."""
        self._write_s = 0.0
        self.look()

    def _see(self, journal: Journal) -> None:
        day = datetime.fromtimestamp(self._wall()).date().isoformat()
        if day != self._day:
            if self._day:
                self._write(journal)
            self._begin(journal, day)
        used_mb = self._resident()
        if used_mb is not None:
            self._memory_mb = max(used_mb, self._memory_mb or 0.0)
        if self._monotonic() >= self._write_s:
            self._write(journal)

    def _begin(self, journal: Journal, day: str) -> None:
        measured = self._latencies().measured
        first = not self._day
        self._day, self._memory_mb, self._written = day, None, None
        self._seen = measured[-1] if measured and not first else None
        self._before = next((each for each in journal.days(day) if each.day == day), None)
        self._write_s = self._monotonic() + WRITE_S

    def _write(self, journal: Journal) -> None:
        self._write_s = self._monotonic() + WRITE_S
        if self._written is not None and not any(each.day == self._day for each in journal.days(self._day)):
            self._begin(journal, self._day)  # it was forgotten, and is not to come back
            return
        figures = self._figures()
        if self._before is not None:
            figures = self._before.joined(figures)
        if not _same(self._written, figures):
            journal.add_day(figures)
            self._written = figures

    def _figures(self) -> DayFigures:
        """Of this run on this day."""
        measured = self._latencies().measured
        places = [number for number, each in enumerate(measured) if each is self._seen]
        today = [each.whole for each in measured[places[-1] + 1 if places else 0 :]]
        if not today:
            return DayFigures(self._day, 0, memory_mb=self._memory_mb)
        p50_s, p95_s, p99_s = (percentile(today, p) for p in PERCENTILES)
        return DayFigures(self._day, len(today), p50_s, p95_s, p99_s, self._memory_mb)


def _same(written: DayFigures | None, figures: DayFigures) -> bool:
    if written is None or written.decisions != figures.decisions:
        return False
    return (figures.memory_mb or 0.0) - (written.memory_mb or 0.0) < LEAST_MB
