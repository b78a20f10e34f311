"""What is counted while a lamp lives in a household."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Day:
    """What was counted in a day."""

    wishes: int = 0
    """Times somebody asked for a light that was not there."""

    obeyed: int = 0
    """How often it was there once they had ended, without the switch."""

    false_activations: int = 0
    """Utterances that were not meant for the lamp at which it acted, taken back or not."""

    corrections: int = 0
    """Flips because the lamp had not done what was wanted, or had done what was not."""

    words: int = 0
    """Words heard."""

    wish_words: int = 0
    """Words of wishes among them."""


@dataclass(frozen=True)
class Asked:
    """What became of one wish, in order of time."""

    at_s: float
    """When it was said."""

    obeyed: bool
    """Whether the lamp obeyed."""

    words: int
    """Words heard in all until then, its own included."""


@dataclass
class Record:
    """What was counted in a life."""

    days: list[Day] = field(default_factory=list)
    """One after the other."""

    asked: list[Asked] = field(default_factory=list)
    """Every wish."""

    false_at_s: list[float] = field(default_factory=list)
    """When each false activation was."""


def record_json(record: Record) -> dict[str, Any]:
    """For the work folder."""
    return asdict(record)


def record_from(found: Mapping[str, Any]) -> Record:
    """Read what `record_json` gave."""
    return Record(
        [Day(**day) for day in found["days"]],
        [Asked(**asked) for asked in found["asked"]],
        list(found["false_at_s"]),
    )
