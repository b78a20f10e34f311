"""The parts of docs/soak.md that the benchmarks write, each between two comments."""

from pathlib import Path
from typing import Final

from benchmarks.tables import wrapped
from runtime.readme import filled

PAGE: Final = Path(__file__).parents[2] / "docs" / "soak.md"


def write_part(name: str, text: str, page: Path | None = None) -> None:
    """Put Markdown into its place on the page. Raises OSError, ValueError when the place is not there."""
    place = page or PAGE
    lines = "\n\n".join(wrapped(part) for part in text.split("\n\n"))
    place.write_text(filled(place.read_text(encoding="utf-8"), {name: lines}), encoding="utf-8")
