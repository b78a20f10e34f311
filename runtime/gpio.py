"""The pins of a Raspberry Pi, through gpiozero and lgpio; both are loaded only when a pin is configured."""

import contextlib
import importlib
import importlib.util
import os
import tempfile
from pathlib import Path
from typing import Any

from runtime.check import Check, bad, good
from runtime.errors import ConfigError

MISSING = "a GPIO pin is configured, but {package} is not installed; run `pip install 'foreglow[gpio]'`."
"""What to do without the packages."""


def load_gpio() -> Any:
    """The module gpiozero, and lgpio with it unless other pins are in use already (those of a test).

    To be called before there are threads: while lgpio is loaded, the current folder is another, because it
    leaves a pipe wherever the process happens to be. Raises ConfigError when they are not installed.
    """
    gpiozero = _load("gpiozero")
    if gpiozero.Device.pin_factory is None:
        with tempfile.TemporaryDirectory(prefix="foreglow-") as folder, contextlib.chdir(folder):
            _load("lgpio")
    return gpiozero


def open_pins(gpiozero: Any) -> None:
    """Open the chip unless it is open. Raises OSError or an error of gpiozero or lgpio when that fails."""
    if gpiozero.Device.pin_factory is None:
        lgpio = importlib.import_module("gpiozero.pins.lgpio")
        gpiozero.Device.pin_factory = lgpio.LGPIOFactory()


def check_pin(name: str, pin: int | None, dev: Path = Path("/dev")) -> Check:
    """For `foreglow doctor`: the packages and the chip are there; the pin itself is left alone."""
    for package in ("gpiozero", "lgpio"):
        if importlib.util.find_spec(package) is None:
            return bad(name, f"GPIO {pin} needs {package}", "run `pip install 'foreglow[gpio]'`")
    chips = sorted(dev.glob("gpiochip*"))
    if not chips:
        return bad(
            name,
            f"GPIO {pin}: this machine has no pins, for there is no {dev}/gpiochip0",
            "use a Raspberry Pi",
        )
    if not any(os.access(chip, os.R_OK | os.W_OK) for chip in chips):
        mend = "run `sudo adduser $USER gpio` and log in again"
        return bad(name, f"GPIO {pin}: {chips[0]} may not be used by this user", mend)
    return good(name, f"GPIO {pin}")


def _load(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ConfigError(MISSING.format(package=error.name or package)) from None
