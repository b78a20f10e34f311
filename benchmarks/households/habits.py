"""What simulated people are like: how they ask for light, and what else happens in their home."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import yaml

from model.intent import ACTIONS, Intent

PHRASES: Final = Path(__file__).parent / "phrases.yaml"

EACH: Final = 3
"""Phrasings of each person for each intent."""

Sayings = Mapping[Intent, tuple[str, ...]]


@dataclass(frozen=True)
class Kind:
    """A kind of household."""

    title: str
    """In the report."""

    habits: tuple[str, ...]
    """Of each person: kinds of phrases in phrases.yaml."""

    changes: bool = False
    """Whether they change their mind half way."""

    wrong_flips: float = 0.0
    """Share of the wishes after which the switch is flipped wrongly, and as many flips right after talk."""

    television: int = 0
    """Utterances of the television a day, in the evening, when most is asked for."""


KINDS: Final[dict[str, Kind]] = {
    "direct": Kind("direct commands", ("direct",)),
    "private": Kind("private words", ("private",)),
    "indirect": Kind("indirect wishes", ("indirect",)),
    "routines": Kind("routines", ("routine",)),
    "family": Kind("a family of two", ("private", "routine")),
    "change": Kind("a change of mind", ("private",), changes=True),
    "wrong": Kind("the family, 5 % wrong flips", ("private", "routine"), wrong_flips=0.05),
    "television": Kind("the family, television on", ("private", "routine"), television=150),
}


def people(kind: Kind, seed: int, path: Path = PHRASES) -> tuple[list[Sayings], list[Sayings]]:
    """Return what each person says for light and dark: to begin with, and from the day of change on.

    After a change of mind, what was said for light is said for dark and the other way round, but for one phrase of
    each that is said no more: a new one takes its place.
    """
    random = np.random.default_rng([seed, 1])
    first: list[Sayings] = []
    second: list[Sayings] = []
    for habit in kind.habits:
        pool = _pools(path)[habit]
        drawn = {i: [pool[i][k] for k in random.permutation(len(pool[i]))] for i in ACTIONS}
        begin: dict[Intent, tuple[str, ...]] = {i: tuple(drawn[i][:EACH]) for i in ACTIONS}
        first.append(begin)
        after: dict[Intent, tuple[str, ...]] = {
            intent: (*drawn[other][: EACH - 1], drawn[intent][EACH])
            for intent, other in zip(ACTIONS, reversed(ACTIONS), strict=True)
        }
        second.append(after if kind.changes else begin)
    return first, second


@cache
def _pools(path: Path) -> dict[str, dict[Intent, list[str]]]:
    pools: dict[str, dict[Intent, list[str]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return pools
