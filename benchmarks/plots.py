"""The pictures of the comparison, as SVG with text as text."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.figures import BINS
from benchmarks.peers import KINDS
from benchmarks.summary import CURVE_WORDS, SHOWN_BUDGET, Summary

matplotlib.rcParams |= {
    "svg.fonttype": "none",  # letters stay letters: small files, and they can be searched
    "svg.hashsalt": "foreglow",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "figure.facecolor": "white",
}

STYLES = {
    "saffu": ("#c2410c", "-"),
    "network": ("#b45309", "-."),
    "evidence": ("#be185d", "-"),
    "saffu_cold": ("#c2410c", "--"),
    "saffu_explicit": ("#c2410c", ":"),
    "logistic": ("#1d4ed8", "--"),
    "logistic_prefix": ("#1d4ed8", "-"),
    "logistic_mined": ("#1d4ed8", "-."),
    "kneser_ney": ("#7c3aed", "-"),
    "hassil": ("#111111", "-"),
    "gru": ("#15803d", "-"),
    "gru_mined": ("#15803d", "-."),
    "transformer": ("#0e7490", "-"),
}
"""Colour and line of each peer; variants of one share a colour."""


FEWEST = 0.1
"""Left end of the logarithmic axis of false activations in 1,000; what has fewer, or none, stands there."""


def write_plots(summaries: Mapping[str, Summary], folder: Path) -> list[Path]:
    """Write every picture and return the files."""
    return [
        _recall(summaries, folder / "recall.svg"),
        _reliability(summaries, folder / "reliability.svg"),
        _words_heard(summaries, folder / "words_heard.svg"),
    ]


def _recall(summaries: Mapping[str, Summary], path: Path) -> Path:
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for name, summary in summaries.items():
        colour, line = STYLES[name]
        for axes, curves in ((left, summary.streaming), (right, summary.whole)):
            if len(summary.budgets) == 1:
                place = np.maximum(summary.budgets, FEWEST)
                axes.plot(place, curves.mean(axis=0), "D", color=colour, label=KINDS[name].title)
                continue
            # No false activation at all has no place on a logarithmic axis.
            axes.plot(
                summary.budgets[1:], curves.mean(axis=0)[1:], line, color=colour, label=KINDS[name].title
            )
            axes.fill_between(
                summary.budgets[1:], curves.min(axis=0)[1:], curves.max(axis=0)[1:], color=colour, alpha=0.08
            )
    for axes, title in ((left, "word by word, first crossing decides"), (right, "whole sentence only")):
        axes.set(
            title=title, xscale="log", xlabel="false activations in 1,000 other requests", ylim=(0, 1.01)
        )
        axes.set_xlim(0.9 * FEWEST, None)
        axes.axvline(1000 / SHOWN_BUDGET, color="#888888", linewidth=0.8)
    left.set_ylabel("commands decided rightly")
    right.legend(fontsize=8, loc="lower right")
    return save(figure, path)


def _reliability(summaries: Mapping[str, Summary], path: Path) -> Path:
    figure = Figure(figsize=(6.4, 5), layout="constrained")
    axes: Axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=0.8)
    for name, summary in summaries.items():
        bins = summary.reliability
        if bins is not None:
            some = bins.counts >= 1
            predicted = bins.predicted[some] / bins.counts[some]
            true = bins.true[some] / bins.counts[some]
            colour, line = STYLES[name]
            axes.plot(predicted, true, line, marker=".", color=colour, label=KINDS[name].title, linewidth=1.2)
    axes.set(
        xlabel=f"probability of an action after a word or the end ({BINS} bins)",
        ylabel="share for which it was right",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.legend(fontsize=8, loc="upper left")
    return save(figure, path)


def _words_heard(summaries: Mapping[str, Summary], path: Path) -> Path:
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes: Axes = figure.subplots()
    words = np.arange(1, CURVE_WORDS + 1)
    for name, summary in summaries.items():
        colour, line = STYLES[name]
        axes.plot(words, summary.heard.mean(axis=0), line, color=colour, label=KINDS[name].title)
        axes.fill_between(
            words, summary.heard.min(axis=0), summary.heard.max(axis=0), color=colour, alpha=0.08
        )
    axes.set(
        xlabel="words heard (the end of the utterance counts as one)",
        ylabel="commands rightly decided so far",
        ylim=(0, 1.01),
        xticks=words,
    )
    axes.legend(fontsize=8, loc="lower right")
    return save(figure, path)


def save(figure: Figure, path: Path) -> Path:
    """Write the picture and return its path."""
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    # Matplotlib leaves spaces at line ends.
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
    return path
