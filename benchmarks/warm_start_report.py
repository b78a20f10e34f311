"""The page and the picture that benchmarks/warm_start.py writes, and the curves they are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, stdev
from textwrap import fill

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "warm_start.md"
PICTURE = PAGE.with_suffix(".svg")

TITLES = {"warm": "warm", "unigrams": "cold with unigrams", "cold": "cold"}
STYLES = {"warm": ("#c2410c", "-"), "unigrams": ("#1d4ed8", ":"), "cold": ("#1d4ed8", "-")}

WIDTH = 120
"""Characters a line of the page."""

NEAR = 0.02
"""Nats above its best loss at which a start counts as nearly there."""


@dataclass(frozen=True)
class Curve:
    """How a loss fell."""

    seconds: list[float]
    """Processor time since training began, counting included."""

    losses: list[float]
    """Nats a word."""

    def reaches(self, target: float) -> float:
        """Return the seconds after which the loss was first at most `target`; infinite if it never was."""
        reached = (t for t, loss in zip(self.seconds, self.losses, strict=True) if loss <= target)
        return next(reached, np.inf)

    def at(self, seconds: float) -> float:
        """Return the lowest loss up to a time; infinite before the first evaluation."""
        past = [loss for t, loss in zip(self.seconds, self.losses, strict=True) if t <= seconds]
        return min(past, default=np.inf)


@dataclass(frozen=True)
class Setting:
    """How a start is trained."""

    start: str
    """A key of TITLES."""

    rate: float
    """Adam's learning rate, kept constant."""

    temperature: float = 1.0
    """Multiplies the decoder that counting gave."""


@dataclass(frozen=True)
class Reference:
    """A model of n-grams."""

    loss: float
    """Nats a word."""

    seconds: float
    """Processor time of counting."""


Curves = Mapping[str, Sequence[Curve]]


def ratios(curves: Curves, near: float) -> list[float]:
    """Return, for each seed, the warm start's time to the cold one's best loss plus `near`, over the cold one's."""
    found = []
    for warm, cold in zip(curves["warm"], curves["cold"], strict=True):
        target = min(cold.losses) + near
        found.append(warm.reaches(target) / cold.reaches(target))
    return found


def verdict(curves: Curves) -> str:
    """Return the plain statement: whether the warm start needs at most a tenth of the cold one's time."""
    best, nearly = ratios(curves, 0.0), ratios(curves, NEAR)
    quick = sum(ratio <= 0.1 for ratio in best)
    answer = "Yes" if quick == len(best) else "No"
    return (
        f"**{answer}.** In {quick} of {len(best)} runs the warm start, counting included, reached the best held-out "
        f"loss of the cold start in at most a tenth of its training time. The shares of the cold start's time it took: "
        f"{_shares(best)} (median {_share(median(best))}). To come within {NEAR} nats of it: {_shares(nearly)} "
        f"(median {_share(median(nearly))})."
    )


def write_report(
    settings: Mapping[str, Setting],
    curves: Curves,
    trigrams: Sequence[Reference],
    unigrams: Sequence[float],
    conditions: str,
) -> Path:
    """Write page and picture; return the page.

    Args:
        settings: of every start.
        curves: of every start, one for each seed.
        trigrams: one for each seed.
        unigrams: nats a word, one for each seed.
        conditions: sentences about text, model and optimiser.
    """
    _write_picture(curves, trigrams, unigrams)
    rows = [
        "| start | learning rate | at the start | best | perplexity | seconds to its best | within "
        f"{NEAR} nats of it |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for start, title in TITLES.items():
        runs = curves[start]
        lows = [min(run.losses) for run in runs]
        cells = [
            f"{title}",
            f"{settings[start].rate:g}",
            _spread([run.losses[0] for run in runs], 3),
            _spread(lows, 3),
            _spread([float(np.exp(low)) for low in lows], 1),
            _spread([run.reaches(min(run.losses)) for run in runs], 1),
            _spread([run.reaches(min(run.losses) + NEAR) for run in runs], 1),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    losses = [reference.loss for reference in trigrams]
    seconds = _spread([reference.seconds for reference in trigrams], 1)
    for title, found, time in (("Kneser-Ney trigram", losses, seconds), ("unigrams", unigrams, "-")):
        perplexities = _spread([float(np.exp(loss)) for loss in found], 1)
        rows.append(f"| {title} | - | - | {_spread(found, 3)} | {perplexities} | {time} | - |")
    times = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
    early = [
        f"| after (s) | {' | '.join(f'{t:g}' for t in times)} |",
        "| --- " * (len(times) + 1) + "|",
    ]
    for start, title in TITLES.items():
        found_at = [[run.at(t) for run in curves[start]] for t in times]
        early.append(f"| {title} | {' | '.join(_mean(found) for found in found_at)} |")
    text = f"""\
# What the warm start is worth on general text

Written by `python -m benchmarks.warm_start`; do not edit. {len(unigrams)} runs, each with its own division and seed.

{chr(10).join(fill(part, WIDTH) for part in conditions.splitlines())}

## Does it reach the cold start's best loss in a tenth of the time?

{fill(verdict(curves), WIDTH)}

![Held-out loss against training time](warm_start.svg)

## The figures

Losses are nats a next word on held-out meetings; means over runs, ± one standard deviation.

{chr(10).join(rows)}

Lowest loss so far, by training time:

{chr(10).join(early)}
"""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return PAGE


def _write_picture(curves: Curves, trigrams: Sequence[Reference], unigrams: Sequence[float]) -> None:
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "foreglow", "font.size": 10}
    figure = Figure(figsize=(7.4, 4.6), layout="constrained")
    axes: Axes = figure.subplots()
    for start, (colour, line) in STYLES.items():
        for number, run in enumerate(curves[start]):
            label = TITLES[start] if number == 0 else None
            axes.plot(run.seconds, run.losses, line, color=colour, label=label, linewidth=1.2, alpha=0.8)
    for title, colour, found in (
        ("unigrams", "#888888", list(unigrams)),
        ("Kneser-Ney trigram", "#7c3aed", [reference.loss for reference in trigrams]),
    ):
        axes.axhline(fmean(found), color=colour, linestyle="--", linewidth=1, label=title)
    axes.set(
        xscale="log",
        xlabel="training time, counting included (s of one processor thread)",
        ylabel="held-out loss (nats a word)",
    )
    axes.grid(color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PICTURE, metadata={"Date": None, "Creator": None})
    # Matplotlib leaves spaces at line ends.
    lines = PICTURE.read_text(encoding="utf-8").splitlines()
    PICTURE.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


def _spread(values: Sequence[float], digits: int) -> str:
    deviation = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{fmean(values):.{digits}f}{deviation}"


def _mean(values: Sequence[float]) -> str:
    return f"{fmean(values):.3f}" if np.isfinite(values).all() else "-"


def _share(ratio: float) -> str:
    return f"{ratio:.2f}" if np.isfinite(ratio) else "never"


def _shares(found: Sequence[float]) -> str:
    return ", ".join(map(_share, found))
