"""How long the lamp takes, from the end of the deciding word in the sound to the light: the arithmetic."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

KEPT: Final = 1000
"""Decisions over which percentiles are taken, the newest: so many that 99 of 100 means something."""

PERCENTILES: Final = (50, 95, 99)
"""In per cent."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What the pipeline knows of how a decision came about."""

    at_hand_s: float
    """Seconds on the audio clock at which the sound was at hand whose decoding brought the deciding words."""

    decode_s: float
    """Seconds from then until these words were known: gate and recogniser, and whatever was still to be computed."""

    model_s: float
    """Seconds that the language model then took."""

    decided_at: float
    """When that was, in seconds of the computer's steady clock (`time.perf_counter`)."""


@dataclass(frozen=True, slots=True)
class Latency:
    """One decision's way from the end of the deciding word to the light, in seconds."""

    wait: float
    """From the end of the word until the sound was at hand whose decoding brought the decision: the rest of the
    chunk, the decoder's look-ahead, and further sound that it took to be sure. Negative when the recogniser had
    written the word before it was over."""

    decode: float
    """Computing of the gate and the recogniser."""

    model: float
    """Computing of the language model."""

    light: float | None = None
    """From the decision until the light was as wanted; None where there is no light."""

    @property
    def whole(self) -> float:
        """All of it."""
        return self.wait + self.decode + self.model + (self.light or 0.0)


def latency(timing: Timing, word_end_s: float, lit_at: float | None = None) -> Latency:
    """The split of one decision.

    Args:
        word_end_s: when the deciding word ended, in seconds on the audio clock.
        lit_at: when the light was as wanted, in seconds of the steady clock; None where there is no light.
    """
    light = None if lit_at is None else lit_at - timing.decided_at
    return Latency(timing.at_hand_s - word_end_s, timing.decode_s, timing.model_s, light)


def percentile(values: Sequence[float], per_cent: float) -> float:
    """The smallest value that at least `per_cent` of the values do not exceed (nearest rank); of at least one value."""
    rank = math.ceil(per_cent / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Latencies:
    """Many decisions that stood, summed up."""

    decisions: int
    """How many."""

    before_final: int
    """Of these, on a partial: before the recogniser's own final."""

    unmatched: int
    """Of these, with a deciding word that the final does not have, so that nobody knows when it ended."""

    unlit: int
    """Of these, with a light that was not reached before something else was wanted of it."""

    measured: tuple[Latency, ...]
    """The newest of those that could be measured."""

    def percentiles(self) -> dict[str, tuple[float, ...] | None]:
        """By part, PERCENTILES of the seconds; None without a value. Each part is ranked by itself: the 95th
        percentiles of the parts do not add up to that of the whole."""
        parts = ("whole", "wait", "decode", "model", "light")
        known = {
            part: [s for each in self.measured if (s := getattr(each, part)) is not None] for part in parts
        }
        return {
            part: tuple(percentile(values, p) for p in PERCENTILES) if values else None
            for part, values in known.items()
        }

    def as_json(self) -> dict[str, object]:
        """Counts, and seconds by part and percentile."""
        names = [f"p{p}" for p in PERCENTILES]
        return {
            "decisions": self.decisions,
            "before_final": self.before_final,
            "before_final_percent": round(100 * self.before_final / self.decisions, 1)
            if self.decisions
            else None,
            "unmatched": self.unmatched,
            "unlit": self.unlit,
            **{
                part: None
                if seconds is None
                else dict(zip(names, (round(s, 4) for s in seconds), strict=True))
                for part, seconds in self.percentiles().items()
            },
        }

    def sentence(self) -> str:
        """For people; empty when no decision was timed."""
        found = self.percentiles()
        whole = found.pop("whole")
        if whole is None:
            return ""
        share = self.before_final / self.decisions
        split = ", ".join(
            f"{part} {' / '.join(f'{1000 * s:.0f}' for s in seconds)}"
            for part, seconds in found.items()
            if seconds is not None
        )
        return (
            f"From the end of the deciding word to the {'light' if found['light'] else 'decision'}: "
            f"{' / '.join(f'{s:.2f}' for s in whole)} s (50th / 95th / 99th percentile of {len(self.measured)}); "
            f"in ms: {split}; {share:.0%} before the recogniser's final."
        )


class Reservoir:
    """Keeps the newest KEPT decisions; all that it holds has a bound."""

    def __init__(self, kept: int = KEPT) -> None:
        self._measured: deque[Latency] = deque(maxlen=kept)
        self.decisions = self.before_final = self.unmatched = self.unlit = 0

    def add(self, measured: Latency) -> None:
        """Another decision that could be measured."""
        self._measured.append(measured)

    def summary(self) -> Latencies:
        """All of it so far."""
        counts = (self.decisions, self.before_final, self.unmatched, self.unlit)
        return Latencies(*counts, tuple(self._measured))
