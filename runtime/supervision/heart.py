"""What systemd's watchdog is fed with: sound that was captured and decoded, and nothing else."""

import os
from collections.abc import Mapping
from typing import Final

from runtime.supervision.notify import Notifier

AWAY_S: Final = 600.0
"""How long the microphone may be away before a restart is tried, as the last thing that might help. The unit's own
time would restart the lamp, and so let its relay fall, once a minute."""


class Heart:
    """Beats when the lamp hears. Used by the listening thread."""

    def __init__(self, notifier: Notifier, usual_s: float | None) -> None:
        """`usual_s`: the time after which the unit's watchdog bites; None where there is no watchdog."""
        self._notifier = notifier
        self._usual_s = usual_s
        self._away = False

    def beat(self) -> None:
        """Sound has gone through the recogniser, or nobody wants any."""
        if self._away and self._usual_s is not None:
            self._notifier.watchdog_s(self._usual_s)
        self._away = False
        self._notifier.alive()

    def miss(self) -> None:
        """There is no sound, though it is wanted: from the first time on, more patience is asked for."""
        if not self._away and self._usual_s is not None:
            self._notifier.watchdog_s(max(AWAY_S, self._usual_s))
        self._away = True


def usual_watchdog_s(environment: Mapping[str, str] = os.environ) -> float | None:
    """Seconds after which the watchdog of this process bites; None where it has none (sd_watchdog_enabled(3))."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    ours = environment.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    return int(microseconds) / 1e6 if ours and microseconds.isdecimal() and int(microseconds) > 0 else None
