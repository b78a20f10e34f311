"""How often somebody may come with a wrong key: a few times a minute, then not for a while."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

MOST: Final = 10
"""Wrong keys from one address within WITHIN_S."""

WITHIN_S: Final = 60.0

_MOST_ADDRESSES: Final = 1_000
"""Remembered; beyond, the one that came first is forgotten."""


class Tries:
    """Counts the wrong keys of each address. Safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now`: steady seconds."""
        self._now = now
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Seconds for which this address is not listened to; 0 for none."""
        with self._lock:
            times = self._wrong.get(address)
            if times is None or len(times) < MOST:
                return 0.0
            return max(0.0, times[0] + WITHIN_S - self._now())

    def count(self, address: str) -> None:
        """This address came with a wrong key."""
        with self._lock:
            times = self._wrong.pop(address, None) or deque(maxlen=MOST)
            times.append(self._now())
            self._wrong[address] = times
            if len(self._wrong) > _MOST_ADDRESSES:
                self._wrong.popitem(last=False)
