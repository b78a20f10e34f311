"""A report that keeps what it is told."""

from collections.abc import Sequence
from typing import TypeVar

from runtime.events import Event

Kind = TypeVar("Kind")


class Kept:
    """The events of each source, in order."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.events: list[list[Event]] = []

    def begin(self, source: str) -> None:
        self.sources.append(source)
        self.events.append([])

    def show(self, event: Event) -> None:
        self.events[-1].append(event)

    def note(self, line: str) -> None:
        raise AssertionError(line)

    def close(self) -> None:
        """Everything is kept already."""


def of(kind: type[Kind], events: Sequence[object]) -> list[Kind]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
