"""The figures of docs/releases.md: how long a reload takes, and how well the fall-back tells a worse bundle.

    python -m benchmarks.releases

Takes a few seconds.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from export.bundle import BASE_BUNDLE
from runtime.config import Config
from runtime.learning.fall_back import Objections, worse_in_service
from runtime.releases.promotion import promote
from runtime.service import load_service

RISES: Final = (1, 2, 3, 5, 10)
"""Rate of objections since the promotion, in those before it."""
TRIALS: Final = 1000
WATCHED_DAYS: Final = 14.0
"""How long the new bundle is in service."""
RELOADS: Final = 20


def reload_times_s() -> list[float]:
    """Seconds of loading a promoted bundle again, in ascending order."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(state_dir=Path(folder) / "state")
        promote(config.state_folder, BASE_BUNDLE, {})
        service = load_service(config, print)
        times = []
        for _ in range(RELOADS):
            begin = time.perf_counter()
            service.reload()
            times.append(time.perf_counter() - begin)
    return sorted(times)


def fell_back_after(random: np.random.Generator, rate: float, known_days: float, rise: float) -> float | None:
    """Days until the lamp falls back when objections come `rise` times as often as before; None if it does not."""
    before = Objections(int(random.poisson(rate * known_days)), known_days)
    since = np.sort(random.uniform(0, WATCHED_DAYS, random.poisson(rate * rise * WATCHED_DAYS)))
    asked = ((Objections(count, float(days)), float(days)) for count, days in enumerate(since, 1))
    return next((days for objections, days in asked if worse_in_service(before, objections)), None)


def fall_back_rows() -> Iterator[str]:
    """The table of docs/releases.md, and the median days until a fall-back."""
    random = np.random.default_rng(1)
    yield f"| before | {' | '.join(f'{rise} times' for rise in RISES)} |"
    yield f"| --- |{' --- |' * len(RISES)}"
    for rate in (0.5, 2.0):
        for known_days in (7.0, 30.0):
            cells = []
            for rise in RISES:
                days = [fell_back_after(random, rate, known_days, rise) for _ in range(TRIALS)]
                seen = [day for day in days if day is not None]
                cells.append(f"{len(seen) / TRIALS:.0%} ({median(seen):.1f} d)" if seen else "0 %")
            yield f"| {rate:g} a day, known from {known_days:g} days | {' | '.join(cells)} |"


if __name__ == "__main__":
    times_s = reload_times_s()
    print(f"reload: {1000 * median(times_s):.0f} ms, worst of {RELOADS}: {1000 * times_s[-1]:.0f} ms")
    print(*fall_back_rows(), sep="\n")
