"""Draws docs/pictures/terminal.svg, the terminal at one moment of `make demo`: `python docs/pictures/make_terminal.py`.

The recordings are heard by the real lamp and drawn by the real view; only the moment is chosen.
"""

import os
import re
import runpy
import sys
from pathlib import Path

import yaml
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from runtime.config import Config
from runtime.events import Decided, Event
from runtime.lamp import load_lamp
from runtime.scene import Scene, advance
from runtime.simulate.recordings import simulate
from runtime.view import draw, record

PICTURE = Path(__file__).parent / "terminal.svg"
RECORDINGS = Path(__file__).parents[2] / "recordings"
MOMENT = "i would like some light to read my book"
"""The picture is taken when the lamp acts on this, before the sentence has ended."""
COLUMNS = 92
CELL_RATIO = 0.602
"""Width of a character over its height in most fonts of terminals; a viewer may not stretch text to the cells."""

# Pictures in a README may load nothing, so the fonts are those of whoever looks. Some viewers drop leading spaces
# unless told otherwise.
SVG_FORMAT = (
    re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    .replace("Fira Code, monospace", "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace")
    .replace('-matrix">', '-matrix" xml:space="preserve">')
)
_NORMAL = ["#2a2d34", "#d75f5f", "#87af5f", "#d7af3a", "#6a9fd8", "#b48ead", "#5fafaf", "#d8d8d8"]
_BRIGHT = ["#7a7d85", "#ff7f7f", "#a8d080", "#ffd75f", "#8fbcf0", "#d0a8d8", "#7fd0d0", "#ffffff"]


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


THEME = TerminalTheme(_rgb("#1b1d22"), _rgb("#dcdcdc"), [*map(_rgb, _NORMAL)], [*map(_rgb, _BRIGHT)])
"""A terminal in which a lit lamp is yellow."""


class Taken(Exception):  # noqa: N818 - no error
    """The moment has come."""


class Camera:
    """A report that prints as the live view does, up to the first decision on the last recording."""

    def __init__(self, console: Console, last: str) -> None:
        self._console = console
        self._last = last
        self._source = ""
        self._scene = Scene()

    def begin(self, source: str) -> None:
        """A recording begins."""
        self._source = source

    def show(self, event: Event) -> None:
        """Print what has ended; stop at the moment of the picture."""
        self._scene = advance(self._scene, event)
        for utterance in self._scene.closed:
            self._console.print(record(utterance))
        if self._source == self._last and isinstance(event, Decided):
            self._console.print(draw(self._scene, self._source))
            raise Taken

    def note(self, line: str) -> None:
        """The light is drawn."""

    def close(self) -> None:
        """Nothing is counted."""


def take() -> str:
    """Play the evening up to the moment; return the picture as SVG."""
    sys.path.append(str(RECORDINGS))  # make.py has a neighbour
    file_name = runpy.run_path(str(RECORDINGS / "make.py"), run_name="make")["file_name"]
    evening = [
        scene["words"] for scene in yaml.safe_load((RECORDINGS / "recordings.yaml").read_text("utf-8"))
    ]
    paths = [
        Path(os.path.relpath(RECORDINGS / file_name(words))) for words in evening[: evening.index(MOMENT) + 1]
    ]
    console = Console(
        record=True, width=COLUMNS, force_terminal=True, color_system="truecolor", highlight=False
    )
    console.print("$ make demo", style="bold")
    try:
        simulate(paths, load_lamp(Config()), Camera(console, str(paths[-1])), sys.exit, real_time=False)
    except Taken:
        return console.export_svg(
            title="Foreglow",
            theme=THEME,
            code_format=SVG_FORMAT,
            font_aspect_ratio=CELL_RATIO,
            unique_id="foreglow",
        )
    sys.exit(f"The lamp did not act on “{MOMENT}”; choose another moment.")


if __name__ == "__main__":
    PICTURE.write_text(take(), encoding="utf-8")
