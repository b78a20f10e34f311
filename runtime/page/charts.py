"""Charts: how the days went, how long the lamp took to act, its memory."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.journal.by_day import DayCounts, counts_by_day, last_days
from runtime.journal.days import DayFigures
from runtime.journal.reading import read_journal
from runtime.page.asking import Lamp
from runtime.page.chart import Chart, Series, chart
from runtime.page.render import render

SPANS: Final = (7, 30, 90)
"""Days that can be chosen; no more than `keep.days`, beyond which the journal has not everything."""

USUAL: Final = 30
"""What is shown when nothing is chosen."""


def chart_routes(lamp: Lamp) -> list[Route]:
    """What this part of the page answers to."""

    def page(request: Request) -> Response:
        spans = [span for span in SPANS if span <= lamp.config.keep.days] or [lamp.config.keep.days]
        wanted = request.query_params.get("days", str(USUAL))
        span = next((each for each in spans if str(each) == wanted), min(spans, key=lambda s: abs(s - USUAL)))
        days = last_days(span, datetime.now().date())
        with read_journal(lamp.state_folder) as reader:
            counts = [DayCounts(day) for day in days] if reader is None else counts_by_day(reader, days)
            figures = [] if reader is None else reader.days(days[0].isoformat())
        charts = [_went(days, counts), *_figures(days, figures)]
        return render(request, "charts.html", charts=charts, spans=spans, span=span)

    return [Route("/charts", page)]


def _went(days: Sequence[date], counts: Sequence[DayCounts]) -> Chart:
    series = (
        Series("obeyed", "obeyed", [each.obeyed for each in counts]),
        Series("corrected", "missed, and set right by a person", [each.corrected for each in counts]),
        Series("false", "false activations", [each.false_activations for each in counts]),
    )
    return chart("went", "What the lamp did, a day", days, series, stacked=True)


def _figures(days: Sequence[date], figures: Sequence[DayFigures]) -> list[Chart]:
    known = {each.day: each for each in figures}
    each_day = [known.get(day.isoformat()) for day in days]
    latency = [
        Series(f"p{p}", f"{p} of 100 took no longer", [_ms(each, p) for each in each_day])
        for p in (50, 95, 99)
    ]
    memory = [Series("memory", "at most", [None if each is None else each.memory_mb for each in each_day])]
    return [
        chart(
            "latency", "From the end of the deciding word to the light, in ms", days, latency, stacked=False
        ),
        chart("memory", "Memory of the lamp, in MB", days, memory, stacked=False),
    ]


def _ms(figures: DayFigures | None, per_cent: int) -> float | None:
    seconds: float | None = None if figures is None else getattr(figures, f"p{per_cent}_s")
    return None if seconds is None else max(0.0, 1000 * seconds)
