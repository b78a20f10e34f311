"""The live view for people at a terminal: the lamp, what it hears, how sure it is, what it did."""

from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from model.intent import INTENTS, Intent
from runtime.events import Event
from runtime.report import lead_text, marked_text
from runtime.scene import Scene, Utterance, advance
from runtime.tally import Tally

COLOURS: dict[Intent, str] = {"light_on": "yellow", "light_off": "blue", "none": "white"}
"""Of each intent's bar and name."""


class LiveView:
    """A report that redraws itself in place; the record of past utterances scrolls above it."""

    def __init__(self, console: Console, *, recordings: bool) -> None:
        """`recordings`: the sources are recordings, and are counted at the end."""
        self._console = console
        self._recordings = recordings
        self._scene = Scene()
        self._source = ""
        self._tally = Tally()
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def begin(self, source: str) -> None:
        self._source = source
        self._tally.begin()
        self._draw()

    def show(self, event: Event) -> None:
        self._scene = advance(self._scene, event)
        for utterance in self._scene.closed:
            self._tally.count(utterance)
            self._console.print(record(utterance))
        self._draw()

    def note(self, line: str) -> None:
        """Nothing: the lamp is drawn."""

    def close(self) -> None:
        self._live.stop()
        if self._recordings:
            self._console.print(self._tally.sentence())

    def _draw(self) -> None:
        self._live.update(draw(self._scene, self._source), refresh=True)


def draw(scene: Scene, source: str) -> RenderableType:
    """The whole scene, to be shown below the record."""
    words = Text(overflow="ellipsis", no_wrap=True)
    if scene.open:
        utterance = scene.open[-1]
        decided = utterance.decided
        shown = marked_text(decided.decision, utterance.words) if decided else " ".join(utterance.words)
        words.append(f"“{shown}”", style="bold")
    else:
        words.append("listening", style="dim")
    row = Table.grid(padding=(0, 3))
    row.add_row(lamp(scene.lit), Group(words, Text(""), bars(scene)))
    return Group(Rule(source, style="dim", align="left"), Padding(row, (0, 2)))


def lamp(lit: bool) -> RenderableType:
    """A lamp that is plainly lit or plainly dark: five rows of nine columns."""
    shade = "bold bright_yellow" if lit else "bright_black"
    picture = Text(no_wrap=True)
    picture.append("  ▟███▙  \n ▟█████▙ \n", style=shade)
    picture.append(" / /" if lit else "    ", style=shade)
    picture.append("┃", style="bright_black")
    picture.append("\\ \\ \n" if lit else "    \n", style=shade)
    picture.append("  ▄▄┻▄▄  \n", style="bright_black")
    picture.append("   lit   " if lit else "  dark   ", style=shade)
    return picture


def bars(scene: Scene) -> RenderableType:
    """One bar for each intent, as long as it is likely."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=9)
    grid.add_column(width=32)
    grid.add_column(width=5, justify="right")
    for intent, probability in zip(INTENTS, scene.probabilities or (0.0, 0.0, 0.0), strict=True):
        colour = COLOURS[intent]
        known = scene.probabilities is not None
        bar = ProgressBar(
            total=1.0, completed=probability, width=32, complete_style=colour, finished_style=colour
        )
        grid.add_row(Text(intent, style=colour), bar, f"{probability:.0%}" if known else "")
    return grid


def record(utterance: Utterance) -> RenderableType:
    """One line of the record: what became of an utterance."""
    line = Text(no_wrap=True, overflow="ellipsis")
    if utterance.decided is not None:
        decision, mark = utterance.decided.decision, "●" if utterance.retracted is None else "↺"
        when, colour = lead_text(utterance.lead_s), COLOURS[utterance.decided.decision.intent]
        early = utterance.lead_s is not None and utterance.lead_s > 0
        line.append(f" {mark} {decision.intent:<9} ", style=colour)
        line.append(f"{decision.confidence:>4.0%}  ")
        line.append(f"{when:<22}", style="green" if early else "")
        line.append(f"“{marked_text(decision, utterance.words)}”")
    elif utterance.retracted is not None:
        decision = utterance.retracted.retraction.decision
        line.append(f" ↺ {decision.intent:<9} {decision.confidence:>4.0%}  ", style="magenta")
        line.append(f"{'taken back':<22}", style="magenta")
        line.append(f"“{marked_text(decision, utterance.words)}”")
    else:
        line.append(f" · {'none':<9}       {'left alone':<22}“{' '.join(utterance.words)}”", style="dim")
    return line
