"""A YAML file as plain values, with the line each of them stands on.

Stricter than YAML where leniency hides mistakes: a key given twice, an alias, a second document and a tag
of another language are refused.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runtime.errors import ConfigError

MAX_BYTES = 100_000
"""A configuration is a page or two; more than this is another file given by mistake, and each value in it takes a
thousand times its size while it is read."""

MAX_DEPTH = 20
"""Levels of nesting; ours needs three. Keeps the recursive parser from running out of stack."""

_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}

KeyPath = tuple[str | int, ...]
"""The way to a value: names of mapping keys and indices of list items."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in its file."""

    line: int
    """1-based line of the key, or of the item in a list."""

    text: str | None
    """A scalar as it is written, without quotes; None for a list or a mapping."""

    boolean_key: bool
    """True when YAML reads the unquoted key as a boolean, as it does with `on` and `off`."""


@dataclass(frozen=True, slots=True)
class LocatedYaml:
    """The content of a file."""

    value: Any
    """Mappings as dict (keys as written), lists as list, scalars as YAML reads them; None if empty."""

    places: dict[KeyPath, Place] = field(default_factory=dict)
    """The place of every value in `value`, and of itself under the empty path."""

    problems: list[tuple[int, str]] = field(default_factory=list)
    """(line, sentence) of each thing refused that did not stop the reading."""


def read_yaml(path: Path) -> LocatedYaml:
    """Read one YAML document. Raises FileNotFoundError if there is no such file, else ConfigError."""
    text = _read_text(path)
    try:
        _refuse_unwanted(path, text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(
            f"{path}, line {line}: the character U+{error.character:04X} is not allowed in YAML."
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}, line {mark.line + 1}" if mark else f"{path}"
        raise ConfigError(f"{where}: this is not YAML: {error.problem or error.context}.") from None
    if node is None:
        return LocatedYaml(None)
    located = LocatedYaml(None, {(): Place(node.start_mark.line + 1, _text(node), boolean_key=False)})
    value = _value(node, (), located)
    return LocatedYaml(value, located.places, located.problems)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder, but must be a YAML file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path} cannot be read: {reason}.") from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES // 1_000} kB, so it is not a configuration.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: this is not UTF-8 text; save the file as UTF-8.") from None


def _refuse_unwanted(path: Path, text: str) -> None:
    """Refuse deep nesting and aliases, which could expand without end, before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        mark = event.start_mark
        where = f"{path}, line {mark.line + 1}" if mark else f"{path}"
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(f"{where}: the alias *{event.anchor} is not allowed; write the value again.")
        if depth > MAX_DEPTH:
            raise ConfigError(f"{where}: nested deeper than {MAX_DEPTH} levels.")


def _value(node: yaml.Node, path: KeyPath, located: LocatedYaml) -> Any:
    """The plain value of a node; notes the place of every value under it."""
    if node.tag not in _TAGS:
        line = node.start_mark.line + 1
        located.problems.append((line, f"{key_name(path)}: the tag {shorten(node.tag)} is not allowed."))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, located)
    if isinstance(node, yaml.SequenceNode):
        items: list[Any] = []
        for index, item in enumerate(node.value):
            at = (*path, index)
            located.places[at] = Place(item.start_mark.line + 1, _text(item), boolean_key=False)
            items.append(_value(item, at, located))
        return items
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError):
        # Looks like a date or a number, or is tagged as one, but is none, so it is text. PyYAML does not look before
        # it reads what has a tag, and fails in whatever way comes.
        return node.value


def _mapping(node: yaml.MappingNode, path: KeyPath, located: LocatedYaml) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _text(key_node)
        if key is None:
            located.problems.append(
                (line, f"{key_name(path)}: a key must be a name, not a list or a mapping.")
            )
            continue
        at = (*path, key)
        if at in located.places:
            first = located.places[at].line
            located.problems.append(
                (line, f"{key_name(at)} is given twice (first on line {first}); keep one.")
            )
            continue
        boolean_key = key_node.tag == "tag:yaml.org,2002:bool"
        located.places[at] = Place(line, _text(value_node), boolean_key)
        values[key] = _value(value_node, at, located)
    return values


def _text(node: yaml.Node) -> str | None:
    return node.value if isinstance(node, yaml.ScalarNode) else None


def key_name(path: KeyPath) -> str:
    """A key path as people write it: `light.command[1]`; "the top level" for the empty path."""
    name = ""
    for part in path:
        if isinstance(part, int):
            name += f"[{part}]"
        else:
            name += f".{shorten(part)}" if name else shorten(part)
    return name or "the top level"


def shorten(text: str, limit: int = 60) -> str:
    """One line of at most `limit` printable characters, for quoting in an error."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= limit else line[: limit - 1] + "…"
