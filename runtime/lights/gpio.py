"""A relay or an LED on a pin of a Raspberry Pi."""

from typing import Any

from runtime.errors import LightError
from runtime.gpio import load_gpio, open_pins


class GpioDevice:
    """Drives one pin, from the first time it is switched until it is closed."""

    def __init__(self, pin: int, *, active_low: bool) -> None:
        """`pin`: the BCM number. `active_low`: 0 V switches the light on, as with most relay boards.

        Raises ConfigError when gpiozero or lgpio is not installed.
        """
        self._pin = pin
        self._active_low = active_low
        self._gpiozero = load_gpio()
        self._output: Any = None
        self.name = f"The light on GPIO {pin}"

    def set(self, on: bool, timeout_s: float) -> None:
        """Raises LightError."""
        del timeout_s  # a pin answers at once
        try:
            if self._output is None:
                open_pins(self._gpiozero)
                self._output = self._gpiozero.DigitalOutputDevice(
                    self._pin, active_high=not self._active_low, initial_value=on
                )
            self._output.value = on
        except Exception as error:  # noqa: BLE001 - of three libraries, each with errors of its own
            self.close()
            raise LightError(f"cannot be switched: {error}") from None

    def close(self) -> None:
        """Give the pin back; it becomes an input, so what hangs on it is no longer driven."""
        output, self._output = self._output, None
        if output is not None:
            output.close()
