"""Files and JSON that may hold anything: read up to a size, and refused beyond it."""

import json
from pathlib import Path
from typing import Any


def read_limited(path: Path, most_bytes: int) -> bytes:
    """Return what is in a file. Raises OSError; ValueError if it has more bytes, of which no more are read.

    A device that never ends, or a file that grows meanwhile, takes no more memory either.
    """
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ValueError(f"it has more than {most_bytes:,} bytes")
    return data


def parse_json(text: str | bytes | bytearray) -> Any:
    """Return the value. Raises ValueError for whatever is no JSON, too deep nesting included."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_json(path: Path, most_bytes: int) -> Any:
    """Return the value in a file. Raises OSError, or ValueError if it is no JSON or too large."""
    return parse_json(read_limited(path, most_bytes))
