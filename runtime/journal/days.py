"""What a day was like, in a few numbers: how long the lamp took to act, and its memory. No words, so it may be kept."""

from dataclasses import astuple, dataclass
from typing import Any

from runtime.journal.sound_row import check


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day of a lamp."""

    day: str
    """By the clock on the wall, ISO 8601."""

    decisions: int
    """Acts whose time could be measured."""

    p50_s: float | None = None
    """Seconds from the end of the deciding word to the light that half of them did not exceed; None without any."""

    p95_s: float | None = None
    """The same for 95 of 100."""

    p99_s: float | None = None
    """The same for 99 of 100."""

    memory_mb: float | None = None
    """The most memory that was seen, in MB (10^6 bytes); None where the system does not tell."""

    def joined(self, other: "DayFigures") -> "DayFigures":
        """Both runs of the lamp on this day; percentiles are those of the run with more acts, memory the higher."""
        most = max(self, other, key=lambda each: each.decisions)
        seen = [each.memory_mb for each in (self, other) if each.memory_mb is not None]
        percentiles = most.p50_s, most.p95_s, most.p99_s
        return DayFigures(
            self.day, self.decisions + other.decisions, *percentiles, max(seen) if seen else None
        )


def day_row(figures: DayFigures) -> tuple[object, ...]:
    """The values of its row, in the order of the table."""
    return astuple(figures)


def day_of(row: tuple[Any, ...]) -> DayFigures:
    """The figures of a row. Raises ValueError for one that we have not written."""
    check(row, "snTTTT")
    return DayFigures(*row)
