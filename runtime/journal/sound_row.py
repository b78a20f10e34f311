"""Is a row of the journal one that we wrote? SQLite puts anything into any column, and so may another program."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

from model.intent import INTENTS

_log = logging.getLogger(__name__)

Made = TypeVar("Made")

_FAR_S: Final = 1e11
"""Seconds from 1970 beyond which no calendar of ours goes; NaN is not below it either."""

_KINDS: Final[dict[str, Callable[[Any], bool]]] = {
    "n": lambda value: type(value) is int,
    "t": lambda value: type(value) in (int, float) and abs(value) < _FAR_S,
    "s": lambda value: type(value) is str,
    "b": lambda value: type(value) is bytes,
    "i": lambda value: value in INTENTS,
}


def check(row: tuple[Any, ...], kinds: str) -> None:
    """Raise ValueError unless a row holds what its columns are for.

    Args:
        kinds: a letter for each column: n a whole number, t a time, s text, b bytes, i an intent; a capital one may
            also be nothing.
    """
    for number, (value, kind) in enumerate(zip(row, kinds, strict=True)):
        if not (_KINDS[kind.lower()](value) or (kind.isupper() and value is None)):
            raise ValueError(f"column {number + 1} does not hold what it is for")


def sound(make: Callable[[tuple[Any, ...]], Made], rows: Iterable[tuple[Any, ...]]) -> Iterator[Made]:
    """What `make` makes of the rows; those for which it raises ValueError are left out, and counted in the log."""
    spoilt = 0
    for row in rows:
        try:
            made = make(row)
        except ValueError:
            spoilt += 1
        else:
            yield made
    if spoilt:
        _log.warning("%d rows of the journal are damaged and left out.", spoilt)
