"""What `foreglow doctor` says of the light. Nothing is switched."""

import os
import shutil
from pathlib import Path

from runtime.check import Check, bad, good
from runtime.config import Config
from runtime.gpio import check_pin
from runtime.lights.leds import LEDS


def check_light(config: Config) -> Check:
    """The configured light is there and may be switched."""
    light = config.light
    if light.kind == "command":
        return _check_program(light.command[0])
    if light.kind == "gpio":
        return check_pin("light", light.gpio.pin)
    if light.kind == "leds":
        assert light.leds.name is not None, "checked where the configuration was read"
        return check_led(light.leds.name)
    if light.kind == "mqtt":
        return good("light", f"MQTT {light.mqtt.topic or 'topic of the lamp itself'}")
    return good("light", "console")


def check_led(name: str, leds: Path = LEDS) -> Check:
    """The LED is there and may be written by this user."""
    brightness = leds / name / "brightness"
    if not brightness.exists():
        there = ", ".join(sorted(led.name for led in leds.glob("*"))) or "none at all"
        return bad("light", f"there is no LED {name}; there are: {there}", "correct light.leds.name")
    if not os.access(brightness, os.W_OK):
        return bad(
            "light", f"{brightness} may not be written", "give this user the right to, see docs/lights.md"
        )
    return good("light", f"LED {name}")


def _check_program(command: str) -> Check:
    program = shutil.which(command)
    if program is not None:
        return good("light", f"command {program}")
    if "/" in command and Path(command).is_file():
        return bad("light", f"{command} may not be run", f"run `chmod +x {command}`")
    return bad("light", f"there is no program {command}", "install it, or correct light.command")
