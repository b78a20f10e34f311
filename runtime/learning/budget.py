"""The false activations a day that are allowed: of the configuration, or set since from Home Assistant."""

from pathlib import Path
from typing import Final

from model.limited import read_json
from runtime.config import Config
from runtime.durable import write_json
from runtime.errors import ForeglowError

FILE: Final = "budget.json"
"""In the state folder: what was set, and what the configuration said then."""

_MOST_BYTES: Final = 10_000

LEAST, MOST = 0.01, 100.0
"""Bounds, as those of `learn.false_activations_a_day`."""


def allowed_a_day(config: Config) -> float:
    """The number in force: whichever was set last, here or in the configuration."""
    configured = config.learn.false_activations_a_day
    try:
        kept = read_json(_path(config), _MOST_BYTES)
        number = float(kept["allowed"])
        if kept["configured"] == configured and LEAST <= number <= MOST:
            return number
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        pass  # never set, or spoilt: then the configuration holds
    return configured


def allow_a_day(config: Config, number: float) -> None:
    """Set it, for every retraining from now on. Raises ForeglowError when it cannot be kept."""
    try:
        write_json(_path(config), {"allowed": number, "configured": config.learn.false_activations_a_day})
    except OSError as error:
        raise ForeglowError(f"the number of false activations cannot be kept: {error.strerror}.") from None


def _path(config: Config) -> Path:
    return config.state_folder / FILE
