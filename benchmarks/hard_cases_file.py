"""The files of sentences that the language model is examined on, read and checked.

Their form is told at the top of hard_cases.yaml.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from model.intent import INTENTS, Intent
from model.vocabulary import split_words

CASES = Path(__file__).with_name("hard_cases.yaml")
"""The sentences that ship with the project."""

EVERYDAY = CASES.with_name("everyday_cases.yaml")
"""What several households would say, by writers who knew neither phrases nor data."""

Part = Literal["tuned", "kept"]
"""The half that developers may look at, and the half that nobody looks at."""

PARTS: tuple[Part, ...] = ("tuned", "kept")
"""In the order in which they are printed."""

_GROUP_KEYS = {"means", "intent", *PARTS}
_WRITTEN = re.compile(r"[a-z']+( [a-z']+)*")


class HardCasesError(Exception):
    """The file of sentences cannot be used; one sentence with the group, the part and the entry."""


@dataclass(frozen=True, slots=True)
class HardCase:
    """One sentence."""

    group: str
    """What makes it hard: a key of the file."""

    part: Part
    """Which half it is in."""

    intent: Intent
    """What the lamp must make of it."""

    text: str
    """As the recogniser writes it."""


def hard_cases(part: Literal["tuned", "kept", "both"], path: Path = CASES) -> list[HardCase]:
    """The sentences of one half or of both, in the order of the file. Raises HardCasesError.

    The whole file is checked whichever part is asked for. No error quotes a sentence, since it may be one
    that nobody should read.
    """
    try:
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise HardCasesError(f"{path} cannot be read ({error.strerror}); --cases names the file.") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise HardCasesError(f"{path} cannot be read as YAML: {type(error).__name__}.") from None
    if not isinstance(groups, dict) or not groups:
        raise HardCasesError(f"{path} must be a mapping of groups.")
    cases = [case for name, group in groups.items() for case in _group(str(name), group)]
    first: dict[str, HardCase] = {}
    for case in cases:
        earlier = first.setdefault(case.text, case)
        if earlier is not case:
            raise HardCasesError(
                f"A sentence of {case.group}, {case.part} is also in {earlier.group}, {earlier.part}; keep one."
            )
    return [case for case in cases if part in ("both", case.part)]


def _group(name: str, group: Any) -> list[HardCase]:
    if not isinstance(group, dict) or not {"means", *PARTS} <= group.keys() <= _GROUP_KEYS:
        raise HardCasesError(f"{name} must have means, tuned and kept, and may have intent; nothing else.")
    if not isinstance(group["means"], str) or not group["means"].strip():
        raise HardCasesError(f"{name}: means must be a sentence.")
    shared = group.get("intent")
    if "intent" in group and shared not in INTENTS:
        raise HardCasesError(f"{name}: intent must be one of {', '.join(INTENTS)}, in quotes.")
    cases = []
    for part in PARTS:
        if not isinstance(group[part], list):
            raise HardCasesError(f"{name}: {part} must be a list of sentences.")
        for number, entry in enumerate(group[part], 1):
            where = f"{name}, {part}, entry {number}"
            if not isinstance(entry, str):
                raise HardCasesError(f"{where} must be a text in quotes.")
            intent, text = (shared, entry) if shared else _split(where, entry)
            if not _WRITTEN.fullmatch(text) or " ".join(split_words(text)) != text:
                raise HardCasesError(f"{where} must be lower-case words, apostrophes inside, single spaces.")
            cases.append(HardCase(name, part, intent, text))
    if len({case.intent == "none" for case in cases}) > 1:
        raise HardCasesError(f"{name}: commands and sentences without a command belong in different groups.")
    return cases


def _split(where: str, entry: str) -> tuple[Intent, str]:
    intent, colon, text = entry.partition(": ")
    if not colon or intent not in INTENTS:
        raise HardCasesError(
            f'{where} must be "intent: text", the intent being one of {", ".join(INTENTS)}, '
            "or its group must have an intent."
        )
    return intent, text
