"""Charts over days: bars that stand on each other, or lines. Inline SVG, drawn here.

The picture is stretched to the room there is, so all text stands beside it in HTML. Colours come from the style sheet;
kinds differ by their hatching and dashes too, and a table says the same in numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 600
HEIGHT: Final = 120
"""Units of the picture."""

_NEXT_TO_NOTHING: Final = 1e-6
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of number over the days."""

    key: str
    """Its class in the style sheet."""

    name: str
    """What it is called."""

    values: Sequence[float | None]
    """One for each day; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a template needs."""

    key: str
    """Unlike that of any other chart of the page."""

    title: str
    """What it shows, with its unit."""

    svg: Markup
    """The picture."""

    top: str
    """The number at its upper edge."""

    series: Sequence[Series]
    """What it shows."""

    rows: Sequence[tuple[str, Sequence[str]]]
    """The same as a table, the newest day first; days of which nothing is known are left out."""

    first: str
    """The day at its left edge."""

    last: str
    """The day at its right edge."""


def chart(
    key: str, title: str, days: Sequence[date], series: Sequence[Series], *, stacked: bool, digits: int = 0
) -> Chart:
    """The chart of some series, each with as many values as there are days.

    Args:
        stacked: as bars that stand on each other; else as lines.
        digits: decimals of the numbers in the table.
    """
    columns = list(zip(*(each.values for each in series), strict=True))
    known = [[value for value in column if value is not None] for column in columns]
    top = _round_up(max((sum(each) if stacked else max(each) for each in known if each), default=0.0))
    drawn = _bars(columns, series, top, key) if stacked else _lines(series, top, len(days))
    label = escape(f"{title}, {day_text(days[0])} to {day_text(days[-1])}. The table below has the numbers.")
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}">'
    rows = [
        (day_text(day), ["" if value is None else f"{value:,.{digits}f}" for value in column])
        for day, column in zip(days, columns, strict=True)
        if any(value is not None and (value or not stacked) for value in column)
    ]
    return Chart(
        key=key,
        title=title,
        svg=Markup(head + _grid() + drawn + "</svg>"),
        top=f"{top:g}",
        series=series,
        rows=rows[::-1],
        first=day_text(days[0]),
        last=day_text(days[-1]),
    )


def day_text(day: date) -> str:
    """As people write it: `3 March`."""
    return f"{day.day} {day:%b}"


def _round_up(highest: float) -> float:
    """The next number of one digit that is 1, 2 or 5; 1 for next to nothing."""
    if highest < _NEXT_TO_NOTHING:
        return 1.0
    power = 1.0
    while power > highest:
        power /= 10
    while power * 10 < highest:
        power *= 10
    return next(step * power for step in _STEPS if step * power >= highest * 0.999_999)


def _grid() -> str:
    lines = (f'<line x1="0" y1="{y:g}" x2="{WIDTH}" y2="{y:g}"/>' for y in (0.5, HEIGHT / 2, HEIGHT - 0.5))
    return f'<g class="grid">{"".join(lines)}</g>'


def _bars(columns: Sequence[Sequence[float | None]], series: Sequence[Series], top: float, key: str) -> str:
    hatching = (
        f'<defs><pattern id="hatch-{key}" width="5" height="5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hatch" width="2.5" height="5"/></pattern></defs>'
    )
    step = WIDTH / max(1, len(columns))
    parts = [hatching]
    for number, column in enumerate(columns):
        y = float(HEIGHT)
        for each, value in zip(series, column, strict=True):
            if value:
                height = value / top * HEIGHT
                y -= height
                x, width = (number + 0.1) * step, 0.8 * step
                place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
                parts.append(f'<rect class="{each.key}" {place}/>')
                if each is series[-1]:
                    parts.append(f'<rect fill="url(#hatch-{key})" {place}/>')
    return "".join(parts)


def _lines(series: Sequence[Series], top: float, count: int) -> str:
    step = WIDTH / max(1, count)
    parts = []
    for each in series:
        run: list[tuple[float, float]] = []
        for number, value in enumerate((*each.values, None)):
            if value is not None:
                run.append(((number + 0.5) * step, HEIGHT - value / top * HEIGHT))
                continue
            if len(run) == 1:  # a line of one point is not drawn
                ((x, y),) = run
                run = [(x - step / 3, y), (x + step / 3, y)]
            if run:
                points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
                parts.append(f'<polyline class="{each.key}" points="{points}"/>')
            run = []
    return "".join(parts)
