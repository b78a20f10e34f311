"""The live view for people at a terminal: the lamp, what it hears, how sure it is, what it did."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.measure import Measurement
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from model.intent import INTENTS, Intent
from runtime.events import End, Event, Labelled
from runtime.report import label_line, lead_text, marked_text
from runtime.scene import Scene, Utterance, advance
from runtime.tally import Tally

COLOURS: dict[Intent, str] = {"light_on": "yellow", "light_off": "blue", "none": "white"}
"""Of each intent's bar and name."""

HEAD_COLUMNS = 42
"""Of a line of the record before what was said."""

LEAST_COLUMNS = 20
"""For what was said beside the head of a line; in a narrower terminal it flows on below."""


class LiveView:
    """A report that redraws itself in place; the record of past utterances scrolls above it."""

    def __init__(self, console: Console, *, recordings: bool) -> None:
        """`recordings`: the sources are recordings, and are counted at the end."""
        self._console = console
        self._recordings = recordings
        self._scene = Scene()
        self._source = ""
        self._tally = Tally()
        self._timed = ""
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def begin(self, source: str) -> None:
        self._source = printable(source)
        self._tally.begin()
        self._draw()

    def show(self, event: Event) -> None:
        self._scene = advance(self._scene, event)
        for utterance in self._scene.closed:
            if self._recordings:
                self._tally.count(utterance)
            self._console.print(record(utterance))
        if isinstance(event, End) and event.latency is not None:
            self._timed = event.latency.sentence()
        if isinstance(event, Labelled):
            self._console.print(Text(f" {label_line(event)}", style="dim"))
        self._draw()

    def note(self, line: str) -> None:
        """Nothing: the lamp is drawn."""

    def close(self) -> None:
        self._live.stop()
        if self._timed:
            self._console.print(self._timed)
        if self._recordings and (account := self._tally.sentence()):
            self._console.print(account)

    def _draw(self) -> None:
        self._live.update(draw(self._scene, self._source), refresh=True)


def draw(scene: Scene, source: str) -> RenderableType:
    """The whole scene, to be shown below the record."""
    said: RenderableType = Text(scene.hearing, style="dim", no_wrap=True)
    if scene.open:
        utterance = scene.open[-1]
        decided = utterance.decided
        said = Newest(
            marked_text(decided.decision, utterance.words) if decided else " ".join(utterance.words)
        )
    row = Table.grid(padding=(0, 3))
    row.add_column(no_wrap=True, min_width=9)
    row.add_column()
    row.add_row(lamp(scene.lit), Group(said, Text(""), bars(scene)))
    # Not to the edge: there the terminal's own ^C would begin a line, and the last drawing would not be wiped out.
    return Group(Rule(Text(source), style="dim", align="left"), Padding(row, (0, 2), expand=False))


def printable(name: str) -> str:
    """The name with escapes for what has no width or no character; else lines could not be drawn over."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


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
    grid.add_column(no_wrap=True, min_width=9)
    grid.add_column(max_width=32)  # the one that gives way in a narrow terminal
    grid.add_column(no_wrap=True, min_width=4, justify="right")
    for intent, probability in zip(INTENTS, scene.probabilities or (0.0, 0.0, 0.0), strict=True):
        colour = COLOURS[intent]
        known = scene.probabilities is not None
        bar = ProgressBar(total=1.0, completed=probability, complete_style=colour, finished_style=colour)
        grid.add_row(Text(intent, style=colour), bar, f"{probability:.0%}" if known else "")
    return grid


@dataclass(frozen=True, slots=True)
class Newest:
    """Words on one line; where there is no room for all of them, the newest."""

    words: str
    """In order, one blank between two."""

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        """As rich asks for it."""
        return Measurement(1, cell_len(self.words) + 2).with_maximum(options.max_width)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """As rich asks for it."""
        shown, cut, start = f"“{self.words}”", "", 0
        excess = cell_len(shown) - options.max_width
        if excess > 0:
            cut = "…"
            while excess > -cell_len(cut) and start < len(shown):
                excess -= cell_len(shown[start])
                start += 1
        yield Text(cut + shown[start:], style="bold", no_wrap=True)


@dataclass(frozen=True, slots=True)
class RecordLine:
    """What became of an utterance: a head in columns, and beside it all that was said."""

    head: Text
    """What the lamp did and when, HEAD_COLUMNS wide or less."""

    said: Text
    """The words, on as many lines as they take."""

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """As rich asks for it."""
        if options.max_width < HEAD_COLUMNS + LEAST_COLUMNS:
            yield Text.assemble(self.head, self.said)
            return
        line = Table.grid()
        line.add_column(width=HEAD_COLUMNS)
        line.add_column()
        line.add_row(self.head, self.said)
        yield line


def record(utterance: Utterance) -> RecordLine:
    """What became of an utterance, for the record."""
    words = " ".join(utterance.words)
    if utterance.decided is not None:
        decision, mark = utterance.decided.decision, "●" if utterance.retracted is None else "↺"
        when, style = lead_text(utterance.lead_s), COLOURS[utterance.decided.decision.intent]
        early = utterance.lead_s is not None and utterance.lead_s > 0
        head = Text(f" {mark} {decision.intent:<9} ", style=style)
        head.append(f"{decision.confidence:>4.0%}  ", style="default")
        head.append(f"{when:<23}", style="green" if early else "default")
        return RecordLine(head, Text(f"“{marked_text(decision, utterance.words)}”"))
    if utterance.retracted is not None:
        decision = utterance.retracted.retraction.decision
        head = Text(
            f" ↺ {decision.intent:<9} {decision.confidence:>4.0%}  {'taken back':<23}", style="magenta"
        )
        return RecordLine(head, Text(f"“{marked_text(decision, utterance.words)}”"))
    return RecordLine(
        Text(f" · {'none':<9}       {'left alone':<23}", style="dim"), Text(f"“{words}”", style="dim")
    )
