"""Whether something that is measured again and again grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class Slope:
    """A straight line through what was measured."""

    a_day: float
    """How much it grows in a day."""

    error: float
    """Standard error of that."""


def slope(seconds: Sequence[float], values: Sequence[float]) -> Slope:
    """Fit a line by least squares; at least four values at equal distances.

    Memory moves in steps and stays where it is, so what is left beside the line is no independent noise. With r the
    correlation of neighbours among it, n values tell as much as n (1 - r) / (1 + r) independent ones, and the usual
    error is wider by the root of the inverse.
    """
    days, measured = np.asarray(seconds) / DAY_S, np.asarray(values, float)
    centred = days - days.mean()
    spread = float(np.sum(centred**2))
    a_day = float(np.sum(centred * measured) / spread)
    rest = measured - measured.mean() - a_day * centred
    variance = float(np.sum(rest**2)) / (len(rest) - 2)
    if variance == 0:
        return Slope(a_day, 0.0)
    alike = float(np.clip(np.sum(rest[1:] * rest[:-1]) / np.sum(rest**2), 0, 0.99))
    return Slope(a_day, float(np.sqrt(variance / spread * (1 + alike) / (1 - alike))))
