"""The pictures of benchmarks/household.py."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.households.habits import KINDS
from benchmarks.households.lamps import LAMPS
from benchmarks.households.record import Record
from benchmarks.households.zero import REACH_MINUTES, SHARE, Zero, course

COLOURS: Final = {"learning": "#c2410c", "fixed": "#888888", "logistic": "#1d4ed8"}

SMOOTH: Final = 3
"""Days over which shares are taken: ten wishes a day are few."""

DPI: Final = 80


def write_pictures(
    folder: Path,
    records: Mapping[str, Mapping[str, Sequence[Record]]],
    zeros: Mapping[str, Sequence[Zero]],
) -> None:
    """Write both pictures."""
    matplotlib.rcParams |= {"font.size": 9}
    _days(records).savefig(folder / "household_days.png", dpi=DPI, metadata={"Software": None})
    if zeros:
        _zero(records["zero"]).savefig(folder / "household_zero.png", dpi=DPI, metadata={"Software": None})


def _days(records: Mapping[str, Mapping[str, Sequence[Record]]]) -> Figure:
    """A row of shares obeyed and one of corrections a day below it, for each four kinds of household."""
    kinds = list(records["learning"])
    across = min(4, len(kinds))
    down = -(-len(kinds) // across)
    figure = Figure(figsize=(3.0 * across, 3.4 * down), layout="constrained")
    axes = figure.subplots(2 * down, across, sharex=True, squeeze=False)
    for at, kind in enumerate(kinds):
        above, below = axes[2 * (at // across)][at % across], axes[2 * (at // across) + 1][at % across]
        for lamp, title in LAMPS.items():
            runs = records[lamp][kind]
            wishes, obeyed = _each_day(runs, "wishes"), _each_day(runs, "obeyed")
            days = np.arange(1, wishes.shape[1] + 1)
            share = _smooth(obeyed.sum(0)) / np.maximum(1, _smooth(wishes.sum(0)))
            above.plot(days, 100 * share, color=COLOURS[lamp], label=title)
            below.plot(days, _smooth(_each_day(runs, "corrections").mean(0)), color=COLOURS[lamp])
            false = _smooth(_each_day(runs, "false_activations").mean(0))
            below.plot(days, false, ":", color=COLOURS[lamp])
        above.set(title=KINDS[kind].title, ylim=(-3, 103))
        below.set(ylim=(-0.3, 12))
        if at % across == 0:
            above.set_ylabel("obeyed, %")
            below.set_ylabel("corrections a day,\nfalse activations (dots)")
        below.set_xlabel("days")
    axes[0][0].legend(fontsize=7, loc="lower right")
    return figure


def _zero(runs: Mapping[str, Sequence[Record]]) -> Figure:
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    for at, (kind, found) in enumerate(runs.items()):
        for nth, record in enumerate(found):
            minutes, shares = course(record)
            label = KINDS[kind].title if nth == 0 else None
            axes.plot(minutes, 100 * np.array(shares), color=f"C{at}", label=label, linewidth=1, alpha=0.8)
    axes.axvline(REACH_MINUTES, color="#888888", linewidth=0.8)
    axes.axhline(100 * SHARE, color="#888888", linewidth=0.8)
    axes.set(
        xlabel="minutes of speech heard",
        ylabel="last 20 wishes obeyed, %",
        xlim=(0, 3 * REACH_MINUTES),
        ylim=(0, 103),
    )
    axes.legend(fontsize=8, loc="lower right")
    return figure


def _each_day(runs: Sequence[Record], name: str) -> NDArray[np.float64]:
    return np.array([[getattr(day, name) for day in run.days] for run in runs], float)


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over SMOOTH days, fewer at both ends."""
    kernel = np.ones(SMOOTH)
    smoothed: NDArray[np.float64] = np.convolve(values, kernel, "same") / np.convolve(
        np.ones(len(values)), kernel, "same"
    )
    return smoothed
