"""A light of the Linux kernel's LED class: the LED of a board, or one that a device tree overlay defines."""

import contextlib
import os
from pathlib import Path

from runtime.errors import LightError

LEDS = Path("/sys/class/leds")
"""One folder for each LED: brightness, max_brightness and, for most, trigger."""


class LedDevice:
    """Writes the brightness of an LED."""

    def __init__(self, led: str, leds: Path = LEDS) -> None:
        """`led`: the name of its folder in `leds`."""
        self._folder = leds / led
        self._ours = False
        self.name = f"The LED {led}"

    def set(self, on: bool, timeout_s: float) -> None:
        """As bright as it can be, or dark. Raises LightError."""
        del timeout_s  # the kernel answers at once, or never
        try:
            if not self._ours:
                self._take()
            _write(self._folder / "brightness", self._brightest() if on else 0)
        except FileNotFoundError as error:
            self._ours = False
            raise LightError(f"is not there: there is no {error.filename}") from None
        except OSError as error:
            self._ours = False
            raise LightError(f"cannot be switched: {error.strerror} ({error.filename})") from None

    def close(self) -> None:
        """It stays as it is."""

    def _take(self) -> None:
        """Have nothing else switch it, as a trigger of the kernel would: heartbeat, the card's activity."""
        with contextlib.suppress(FileNotFoundError):  # some have no triggers
            _write(self._folder / "trigger", "none")
        self._ours = True

    def _brightest(self) -> int:
        try:
            return int((self._folder / "max_brightness").read_text())
        except ValueError:
            raise LightError("does not say how bright it can be") from None


def _write(path: Path, value: object) -> None:
    """Write to a file that is there; never make one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
    try:
        os.write(descriptor, f"{value}\n".encode())
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(descriptor)
