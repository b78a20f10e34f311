"""A push button on a pin of a Raspberry Pi: each press flips the light."""

import logging
import time
from collections.abc import Callable

from runtime.config import GpioSwitchConfig
from runtime.gpio import load_gpio, open_pins
from runtime.switches.switch import NoSwitch, Switch

_log = logging.getLogger(__name__)


class Debounce:
    """Lets one of several presses through that the contacts of one push make."""

    def __init__(self, debounce_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`debounce_s`: seconds of quiet after which a press is a new one. `monotonic`: steady seconds."""
        self._debounce_s = debounce_s
        self._monotonic = monotonic
        self._moved_s = float("-inf")

    def moved(self) -> bool:
        """The contacts closed or opened; True when they had been still for long enough."""
        now_s = self._monotonic()
        before_s, self._moved_s = self._moved_s, now_s
        return now_s - before_s >= self._debounce_s


def make_gpio_switch(
    config: GpioSwitchConfig,
    flip: Callable[[bool], object],
    lit: Callable[[], bool],
    monotonic: Callable[[], float] = time.monotonic,
) -> Switch:
    """The configured button; none without a pin, or, with a sentence in the log, when the pin cannot be had.

    Args:
        flip: told what is wanted.
        lit: whether the light is on now; the button wants the opposite.
        monotonic: steady seconds, for the debouncing.

    Raises ConfigError when gpiozero or lgpio is not installed.
    """
    if config.pin is None:
        return NoSwitch()
    gpiozero = load_gpio()
    try:
        open_pins(gpiozero)
        button = gpiozero.Button(config.pin, pull_up=config.active_low)
    except Exception as error:  # noqa: BLE001 - of three libraries, each with errors of its own
        _log.warning(
            "The button on GPIO %d cannot be used: %s. The lamp goes on without it.", config.pin, error
        )
        return NoSwitch()
    contacts = Debounce(config.debounce_ms / 1000, monotonic)

    def pressed() -> None:
        if contacts.moved():
            try:
                flip(not lit())
            except Exception:  # noqa: BLE001 - a mistake of ours; the next press may be heeded
                _log.exception("The button could not flip the light.")

    button.when_pressed = pressed
    button.when_released = contacts.moved
    return button  # type: ignore[no-any-return]  # it has no types; it closes as a switch does
