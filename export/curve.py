"""The calibration curve that a bundle carries: what each budget of false activations buys."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeAlias

from export.errors import BundleError

Curve: TypeAlias = tuple[Mapping[str, float], ...]
"""Rows of named numbers, such as a budget, its thresholds, and the recall and false activations they had."""

MAX_ROWS = 32
MAX_COLUMNS = 16
"""A curve is small; what is larger was not meant to be one."""


def checked_curve(rows: Any) -> Curve:
    """Return the rows as a curve.

    Raises:
        BundleError: they are not a short list of small mappings from names to finite numbers.
    """
    if not isinstance(rows, list | tuple) or len(rows) > MAX_ROWS:
        raise BundleError(f"The calibration curve of a bundle must be a list of at most {MAX_ROWS} rows.")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping) or len(row) > MAX_COLUMNS or not all(map(_is_entry, row.items())):
            raise BundleError(
                f"Row {number} of the calibration curve must be at most {MAX_COLUMNS} names with finite numbers."
            )
    return tuple(dict(row) for row in rows)


def _is_entry(entry: tuple[Any, Any]) -> bool:
    name, value = entry
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(name, str) and is_number and isfinite(value)
