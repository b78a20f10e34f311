"""How the page calls things."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from model.intent import Intent
from runtime.lesson import Source

INTENT_NAMES: Final[Mapping[Intent, str]] = {"light_on": "on", "light_off": "off", "none": "nothing"}
"""What was asked for."""

DEEDS: Final[Mapping[Intent | None, str]] = {
    "light_on": "switched on",
    "light_off": "switched off",
    "none": "did nothing",
    None: "did nothing",
}
"""What the lamp did."""

SOURCES: Final[Mapping[Source, str]] = {
    "unobjected": "nobody objected",
    "objected": "it was switched back by hand",
    "claimed": "it was switched by hand after this",
    "corrected": "somebody said so",
}
"""How a label is known."""


def day_name(day: datetime, now: datetime) -> str:
    """`Today`, `Yesterday` or a date; both in local time."""
    if day.date() == now.date():
        return "Today"
    if day.date() == now.date() - timedelta(days=1):
        return "Yesterday"
    return f"{day:%A} {day.day} {day:%B}" + ("" if day.year == now.year else f" {day.year}")


def seconds_ago(seconds: float) -> str:
    """A length of time in its largest unit: `12 s`, `5 min`, `3 h`, `2 days`."""
    for unit, length in (("day", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"
    return f"{max(0, int(seconds))} s"
