"""Turns what pydantic refuses into sentences for the person who wrote the file."""

import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from runtime.config.keys import allowed_at, keys, section_at
from runtime.config.located_yaml import KeyPath, LocatedYaml, Place, key_name, shorten

_OWN_SENTENCE = {"text", "time_of_day", "home", "program"}
"""Errors raised by our own validators, which say everything but the key; those of the type `whole` name the keys."""


def refusals(
    error: ValidationError, model: type[BaseModel], located: LocatedYaml
) -> Iterator[tuple[int, str]]:
    """(line, sentence) for each thing refused in the file."""
    for details in error.errors(include_url=False):
        path: KeyPath = details["loc"]
        yield _line(path, located), _sentence(details, path, model, located.places.get(path))


def _line(path: KeyPath, located: LocatedYaml) -> int:
    """The line of the value, or of the nearest section above one that is missing."""
    while path not in located.places:
        path = path[:-1]
    return located.places[path].line


def _sentence(details: ErrorDetails, path: KeyPath, model: type[BaseModel], place: Place | None) -> str:
    if details["type"] == "extra_forbidden":
        return _unknown_key(path, model, place)
    if details["type"] == "whole":
        return f"{details['msg']}."
    if details["type"] in _OWN_SENTENCE:
        return f"{key_name(path)} {details['msg']}."
    may_be = allowed_at(model, path).removesuffix(" or null")
    value = details["input"]
    written = shorten(place.text) if place and place.text is not None else ""
    hint = f'"{written}"' if may_be.startswith("text") else may_be
    a_name = not may_be.startswith("a ") and "between" not in may_be
    if isinstance(value, bool) and a_name and written.lower() not in ("true", "false"):
        # The usual cause of a surprising boolean, so say where it comes from.
        return f"{key_name(path)}: YAML reads an unquoted {written} as {str(value).lower()}; write {hint}."
    if may_be.startswith("text") and written and not isinstance(value, str):
        return f"{key_name(path)} is {written}, but must be text; write {hint}."
    return f"{key_name(path)} is {_shown(value, written)}, but must be {may_be}."


def _unknown_key(path: KeyPath, model: type[BaseModel], place: Place | None) -> str:
    *above, name = path
    name = str(name)
    siblings = [str(key) for key in section_at(model, tuple(above)).model_fields]
    if place and place.boolean_key and "light_on" in siblings:
        on = name.lower() in ("on", "yes", "true")
        read, write = ("true", "light_on") if on else ("false", "light_off")
        return f"{key_name(tuple(above))}: YAML reads an unquoted {shorten(name)} as {read}; write {write}."
    near = difflib.get_close_matches(name, siblings, 1)
    full = [key_name((*above, *near))] if near else []
    # A key at home in another section is put here by a wrong indentation or from memory.
    full += [".".join(key.path) for key in keys(model) if key.path[-1] == name]
    advice = f"did you mean {full[0]}?" if full else f"known here: {', '.join(siblings)}."
    return f"{key_name(path)} is not a known key; {advice}"


def _shown(value: Any, written: str) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"'{written}'" if isinstance(value, str) and written else written or "empty"
