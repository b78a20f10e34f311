"""Every configuration key with its default and what is allowed, read from the pydantic model itself.

One source for three readers: the sentence of an error, the table in docs/configuration.md, and its test.
"""

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_EACH_ITEM = "a list, each item "


@dataclass(frozen=True, slots=True)
class Key:
    """One value a person may set."""

    path: tuple[str, ...]
    """Section names, then the key's own."""

    default: Any
    """What holds when the key is not given."""

    allowed: str
    """What it may be, to follow "must be"."""

    meaning: str
    """Its docstring."""


def keys(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[Key]:
    """Every key under `model`, in the order written."""
    for name, field in model.model_fields.items():
        path = (*above, name)
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from keys(section, path)
        else:
            default = field.get_default(call_default_factory=True)
            yield Key(path, default, allowed(field), field.description or "")


def section_at(model: type[BaseModel], path: Sequence[str | int]) -> type[BaseModel]:
    """The section that a path of section names leads to."""
    for part in path:
        section = model.model_fields[str(part)].annotation
        assert isinstance(section, type)
        assert issubclass(section, BaseModel)
        model = section
    return model


def allowed_at(model: type[BaseModel], path: Sequence[str | int]) -> str:
    """What the key, section or list item at `path` may be, to follow "must be"."""
    if not path:
        return _section(model)
    if isinstance(path[-1], int):
        return allowed_at(model, path[:-1]).removeprefix(_EACH_ITEM)
    field = section_at(model, path[:-1]).model_fields[str(path[-1])]
    return allowed(field)


def allowed(field: FieldInfo) -> str:
    """What a field may be, to follow "must be": `between 0.0 and 1.0`, `console or command`."""
    return _allowed(field.annotation, tuple(field.metadata))


def _allowed(annotation: Any, metadata: tuple[Any, ...]) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        expanded = (item for entry in more for item in getattr(entry, "metadata", None) or [entry])
        return _allowed(inner, (*metadata, *expanded))
    if origin in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return " or ".join([_allowed(part, metadata) for part in parts] + ["null"])
    if origin is Literal:
        return " or ".join(get_args(annotation))
    if origin is tuple:
        return _EACH_ITEM + _allowed(get_args(annotation)[0], ())
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _section(annotation)
    if annotation in (int, float):
        return _number(metadata)
    if annotation is bool:
        return "true or false"
    return "a path" if annotation is Path else "text"


def _section(model: type[BaseModel]) -> str:
    return f"a section with the keys {', '.join(model.model_fields)}"


def _number(metadata: tuple[Any, ...]) -> str:
    """Every number in the configuration has both bounds, so that no setting can stop the lamp silently."""
    low = next(item.ge for item in metadata if isinstance(item, annotated_types.Ge))
    high = next(item.le for item in metadata if isinstance(item, annotated_types.Le))
    step = next((item.multiple_of for item in metadata if isinstance(item, annotated_types.MultipleOf)), None)
    if step:
        return f"a multiple of {step} between {low} and {high}"
    return f"{'a whole number ' if isinstance(low, int) else ''}between {low} and {high}"


def markdown(model: type[BaseModel]) -> str:
    """The table of every key for docs/configuration.md."""
    rows = ["| key | default | allowed | meaning |", "| --- | --- | --- | --- |"]
    for key in keys(model):
        meaning = " ".join(key.meaning.split())
        rows.append(f"| `{'.'.join(key.path)}` | `{_as_yaml(key.default)}` | {key.allowed} | {meaning} |")
    return "\n".join(rows) + "\n"


def _as_yaml(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return "[]" if value == () else str(value)
