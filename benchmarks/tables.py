"""Markdown of the pages that benchmarks write: tables of figures over seeds, and prose in lines."""

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from textwrap import fill

from benchmarks.summary import Summary

Column = tuple[str, str, str]
"""Heading, name of the figure, format: `%`, `kB`, or one that Python knows."""


def table(rows: Mapping[str, Summary], columns: Sequence[Column], spread: bool = True) -> str:
    """Return a table with a row for each title: mean, lowest and highest of seeds; without `spread` the median."""
    lines = []
    for title, summary in rows.items():
        cells = [
            with_spread(summary.figures[figure], style)
            if spread
            else number(median(summary.figures[figure]), style)
            for _, figure, style in columns
        ]
        lines.append([title, *cells])
    return markdown(["model", *(heading for heading, _, _ in columns)], lines)


def paired(ones: Sequence[float], others: Sequence[float], scale: float = 1) -> list[float]:
    """Return ones minus others, seed by seed, times a scale."""
    return [scale * (one - other) for one, other in zip(ones, others, strict=True)]


def with_spread(values: Sequence[float], style: str) -> str:
    """Return the mean, and where they differ the lowest and the highest in brackets."""
    mean, low, high = (number(value, style) for value in (fmean(values), min(values), max(values)))
    return mean if low == high == mean else f"{mean} ({low} to {high})"


def number(value: float, style: str) -> str:
    """Return a number as a table shows it."""
    if style == "%":
        return f"{100 * value:.1f} %"
    if style == "kB":
        return f"{value / 1000:,.0f}"
    return format(value, style).replace("%", " %")


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, the first column to the left and the others to the right."""
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def wrapped(part: str) -> str:
    """Break prose into lines; headings, tables and pictures stay as they are."""
    if part.startswith(("#", "|", "!")):
        return part
    paragraphs = [
        fill(text, 120, subsequent_indent="  " * text.startswith("- "), break_on_hyphens=False)
        for text in part.split("\n")
    ]
    return "\n".join(paragraphs)
