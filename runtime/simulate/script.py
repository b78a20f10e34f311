"""The script of a simulation: JSON lines that say when something is heard, said or switched."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.limited import parse_json, read_limited
from runtime.anticipate import LONGEST_TEXT
from runtime.errors import ForeglowError

LONGEST_S = 10 * 366 * 86_400.0
"""Ten years; a time beyond it is a mistake, such as one in milliseconds."""

MOST_BYTES = 20_000_000
"""Far more than any script; the file is something else."""

MOST_LINES = 500_000
"""That happen; each takes a few hundred bytes of memory."""

LONGEST_LINE = 70_000
"""Bytes of one line: a text of the greatest length, each letter written as an escape."""

_SHOWN = 60


class ScriptError(ForeglowError):
    """A script that cannot be played; the sentence names the file and the line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happens."""

    at_s: float
    """When it begins, in seconds since the beginning of the script."""

    number: int
    """Its line in the file, from 1."""


@dataclass(frozen=True, slots=True)
class HeardLine(Line):
    """The recogniser writes these words."""

    text: str
    """What is heard."""


@dataclass(frozen=True, slots=True)
class SayLine(Line):
    """A recording is heard."""

    path: Path
    """The file."""


@dataclass(frozen=True, slots=True)
class SwitchLine(Line):
    """A person switches the light."""

    on: bool
    """To what."""


@dataclass(frozen=True, slots=True)
class RetrainLine(Line):
    """The lamp retrains."""


ScriptLine = HeardLine | SayLine | SwitchLine | RetrainLine


def read_script(path: Path) -> list[ScriptLine]:
    """The lines of a script, in order. Raises ScriptError with one sentence for the first that is wrong."""
    try:
        content = read_limited(path, MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise ScriptError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ScriptError(f"{path} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8.") from None
    except ValueError as error:
        raise ScriptError(f"{path} is no script: {error}.") from None
    lines: list[ScriptLine] = []
    for number, text in enumerate(content.split("\n"), 1):
        if not text.strip():
            continue
        try:
            line = _line(text, number, path.parent)
        except ValueError as error:
            raise ScriptError(f"{path}, line {number}: {error}") from None
        if lines and line.at_s < lines[-1].at_s:
            raise ScriptError(
                f"{path}, line {number}: is at {line.at_s:g} s, but the line before it at {lines[-1].at_s:g} s; "
                "put the lines in order of time."
            )
        lines.append(line)
        if len(lines) > MOST_LINES:
            raise ScriptError(f"{path} has more than {MOST_LINES:,} lines; divide it.")
    if not lines:
        raise ScriptError(
            f'{path} is empty; write lines such as {{"at": 2.0, "heard": "bring me some light"}}.'
        )
    return lines


def _line(text: str, number: int, folder: Path) -> ScriptLine:
    """Raises ValueError with what is wrong, to follow the place."""
    if len(text) > LONGEST_LINE:
        raise ValueError(f"is longer than {LONGEST_LINE:,} characters; say less at a time.")
    try:
        value = parse_json(text)
    except ValueError:
        raise ValueError(f"is no JSON: {_shown(text)}") from None
    if not isinstance(value, dict):
        raise ValueError(f"must be a JSON object, but is {_shown(text)}")
    at_s = value.pop("at", None)
    if not _is_number(at_s):
        raise ValueError('needs "at", a number of seconds.')
    if not 0 <= at_s <= LONGEST_S:
        raise ValueError(f'"at" is {at_s:g}, but must be between 0 and {LONGEST_S:g} seconds.')
    if len(value) != 1 or next(iter(value)) not in ("heard", "say", "switch", "retrain"):
        raise ValueError('needs "at" and one of "heard", "say", "switch", "retrain", and nothing else.')
    return _action(float(at_s), number, *next(iter(value.items())), folder)


def _action(at_s: float, number: int, key: str, value: Any, folder: Path) -> ScriptLine:
    if key == "switch":
        if value not in ("light_on", "light_off"):
            raise ValueError(
                f'"switch" must be "light_on" or "light_off", but is {_shown(json.dumps(value))}'
            )
        return SwitchLine(at_s, number, value == "light_on")
    if key == "retrain":
        if value is not True:
            raise ValueError(f'"retrain" must be true, but is {_shown(json.dumps(value))}')
        return RetrainLine(at_s, number)
    if not isinstance(value, str) or not value.strip() or any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError(f'"{key}" must be text, but is {_shown(json.dumps(value))}')
    if key == "say":
        if "\0" in value:
            raise ValueError('"say" must be the path of a recording.')
        return SayLine(at_s, number, folder / Path(value))
    if len(value) > LONGEST_TEXT:
        raise ValueError(f'"heard" is longer than {LONGEST_TEXT:,} characters; give one utterance a line.')
    return HeardLine(at_s, number, value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _shown(text: str) -> str:
    text = text.strip()
    return f"{text[:_SHOWN]}…" if len(text) > _SHOWN else f"{text}."
