"""A stage that failed is begun afresh, but not for ever."""

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from runtime.errors import StageError
from runtime.supervision.log import error_text

_log = logging.getLogger(__name__)

MOST: Final = 3
"""Failures within WITHIN_S after which beginning afresh is no cure."""

WITHIN_S: Final = 60.0


class Restarts:
    """Counts how often a stage failed."""

    def __init__(self, stage: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`stage`: its name in sentences. `monotonic`: steady seconds."""
        self._stage = stage
        self._monotonic = monotonic
        self._failed_s: deque[float] = deque(maxlen=MOST)
        self._told: set[str] = set()
        self.count = 0
        """Times it is to be begun afresh."""

    def failed(self, error: Exception) -> None:
        """It has failed, in a way that nobody foresaw: logged once for each kind, with its traceback.

        Raises StageError when it fails again and again.
        """
        self._failed_s.append(self._monotonic())
        what = error_text(error)
        if what in self._told:
            _log.error("%s failed again and is begun afresh (%s).", self._stage.capitalize(), what)
        else:
            _log.error("%s failed and is begun afresh.", self._stage.capitalize(), exc_info=error)
            self._told = {*tuple(self._told)[-9:], what}
        if len(self._failed_s) == MOST and self._failed_s[-1] - self._failed_s[0] <= WITHIN_S:
            raise StageError(
                f"{self._stage} failed {MOST} times within a minute ({what}); the log says where."
            )
        self.count += 1
