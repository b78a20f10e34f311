"""The memory of the running lamp: what only loading needed is given back, what the recogniser piles up is thrown away.

Vosk keeps every part of its graph of words that it has ever unfolded: 20 MB after the first sentence, and still
growing after a quarter of an hour of talk. So after an utterance it is begun anew where it has grown, and warmed up as
at the start when nobody goes on speaking. docs/budget.md has the figures.
"""

import ctypes
import logging
import mmap
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from runtime.errors import MemoryCeilingError
from runtime.health import resident_mb

_log = logging.getLogger(__name__)

RENEW_MB: Final = 230.0
"""Memory of the process from which the recogniser is begun anew. An utterance adds 20 MB at most, as a rule."""

LEAST_GROWTH_MB: Final = 10.0
"""So much must have been added since it was begun anew last: what others use is not given back by that."""

MOST_MB: Final = 400.0
"""More than this right after it was begun anew is a leak: the lamp ends, to be started again."""

QUIET_S: Final = 5.0
"""Nobody has spoken for so long: who says something more does it sooner, and warming up would keep them waiting."""

_CODE: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r-xp [0-9a-f]+ \S+ [1-9]\d* +/")
"""A line of /proc/self/maps that shows a library's code: it begins and ends there."""


class Renewable(Protocol):
    """What grows with what it hears (transcribe.recogniser.Recogniser)."""

    @property
    def idle(self) -> bool:
        """Whether it is between two utterances."""
        ...

    def begin_afresh(self, *, warm: bool) -> None:
        """Begin anew, between two utterances; unless it is warm, the next utterance takes longer."""
        ...

    def warm_up(self) -> None:
        """Make it so that the next utterance takes no longer than others."""
        ...


class MemoryKeeper:
    """Looks at the memory whenever an utterance is over. To be used by the listening thread."""

    def __init__(self, recogniser: Renewable, resident: Callable[[], float | None] = resident_mb) -> None:
        """`resident` tells the memory of the process in MB."""
        self._recogniser = recogniser
        self._resident = resident
        self._busy_s = 0.0
        self._heard = self._cold = False
        self._least_mb = 0.0

    def look(self, now_s: float) -> None:
        """To be called after each block of sound, at `now_s` on the audio clock; takes a microsecond, mostly.

        Raises MemoryCeilingError when the process uses far too much, which only its end can mend.
        """
        if not self._recogniser.idle:
            self._busy_s, self._heard = now_s, True
        elif self._heard:
            self._heard = False
            self._limit()
        elif self._cold and now_s - self._busy_s >= QUIET_S:
            self._cold = False
            self._recogniser.warm_up()

    def _limit(self) -> None:
        used_mb = self._resident()
        if used_mb is None or used_mb < max(RENEW_MB, self._least_mb):
            return
        self._recogniser.begin_afresh(warm=False)
        self._cold = True
        give_back_code()
        left_mb = self._resident() or 0.0
        self._least_mb = left_mb + LEAST_GROWTH_MB
        _log.debug("The recogniser was begun anew: %.0f MB, %.0f MB before.", left_mb, used_mb)
        if left_mb > MOST_MB:
            raise MemoryCeilingError(
                f"the lamp uses {left_mb:.0f} MB of memory, and may use {MOST_MB:.0f}; it ends so that it can be "
                "started afresh."
            )


def give_back_code() -> None:
    """Let go of the code of libraries that was read to load them; what is used comes back as it is used.

    The system would do the same in need. Nothing happens where there is no /proc.
    """
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    try:
        maps = Path("/proc/self/maps").read_text()
    except OSError:
        return
    for begin, end in _CODE.findall(maps):
        # Only what is mapped to be executed and not written: no relocation has changed it, so the file has it all.
        advise(int(begin, 16), int(end, 16) - int(begin, 16), mmap.MADV_DONTNEED)
