"""What `foreglow doctor` says of the button."""

from runtime.check import Check
from runtime.config import Config
from runtime.gpio import check_pin


def check_button(config: Config) -> Check:
    """The pin of the button can be had."""
    return check_pin("button", config.switch.gpio.pin)
