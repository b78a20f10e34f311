"""Muting the lamp: the microphone is closed and let go, and stays so over a restart until it is unmuted."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from capture.steady import SteadyMicrophone
from runtime.control_server import Handler
from runtime.durable import sync_folder, write_synced
from runtime.errors import ControlError

_log = logging.getLogger(__name__)

MUTED_FILE: Final = "muted"
"""In the state folder; the lamp is muted while it is there."""

SETTLE_S: Final = 5.0
"""How long whoever asks is kept waiting for the device."""

_LOOK_S: Final = 0.02


def is_muted(state_folder: Path) -> bool:
    """Whether the lamp was muted when it ran last."""
    return (state_folder / MUTED_FILE).exists()


class Muting:
    """A person's wish that the lamp hear nothing. May be used from several threads."""

    def __init__(
        self,
        state_folder: Path,
        microphone: SteadyMicrophone,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`monotonic`: steady seconds."""
        self._path = state_folder / MUTED_FILE
        self._microphone = microphone
        self._monotonic = monotonic

    def muted(self) -> bool:
        """Whether that is wished; the microphone follows at once."""
        return self._microphone.muted

    def mute(self, muted: bool) -> str | None:
        """Close the microphone, or open it again; None, or a sentence when a restart would undo that."""
        self._microphone.mute(muted)  # first: what cannot be written down is done all the same
        try:
            if muted and not self._path.exists():
                write_synced(self._path, b"")
            elif not muted:
                self._path.unlink(missing_ok=True)
            sync_folder(self._path.parent)
        except OSError as error:
            return f"this does not outlive a restart: {self._path} cannot be changed ({error.strerror})."
        return None

    def mute_or_warn(self, muted: bool) -> None:
        """The same where nobody waits for an answer: the sentence goes to the log."""
        if (warning := self.mute(muted)) is not None:
            _log.warning("The lamp is %s, but %s", "muted" if muted else "unmuted", warning)

    def handlers(self) -> dict[str, Handler]:
        """What to answer to the requests `mute` and `unmute`, once the device is let go or heard again.

        The answer: `muted`, `microphone` (its state), `trouble` and `warning` (a sentence each, or null).
        """
        return {"mute": lambda _: self._answer(True), "unmute": lambda _: self._answer(False)}

    def _answer(self, muted: bool) -> dict[str, Any]:
        warning = self.mute(muted)
        ends = ("muted",) if muted else ("listening", "no microphone")
        give_up_s = self._monotonic() + SETTLE_S
        while self._microphone.state not in ends and self._monotonic() < give_up_s:
            time.sleep(_LOOK_S)
        state = self._microphone.state
        if muted and state != "muted":
            raise ControlError(
                "the lamp hears nothing any more, but the sound system does not let go of the device."
            )
        return {"muted": muted, "microphone": state, "trouble": self._microphone.trouble, "warning": warning}
