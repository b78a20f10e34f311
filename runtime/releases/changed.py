"""What changed from one bundle to the next: what was measured, how strict it is, how many words it knows, lessons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from export.bundle import load_bundle
from export.errors import BundleError
from model.intent import ACTIONS
from runtime.releases.listing import Release


@dataclass(frozen=True, slots=True)
class Trial:
    """What a bundle did with utterances whose meaning is known, when it was tried."""

    commands: int
    """Utterances that asked for light or dark."""

    missed: int
    """How many of these did not have their way."""

    others: int
    """Utterances that asked for nothing."""

    false_activations: int
    """How many of these switched the light."""


@dataclass(frozen=True, slots=True)
class Change:
    """One number of a bundle and of the one before."""

    name: str
    """What it is."""

    before: float | None
    """Of the one before; None where it is not known."""

    after: float | None
    """Of this one."""

    share: bool = False
    """Whether it is a probability, not a count."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A bundle beside the one before it."""

    tried: Trial | None
    """What it did when it was tried; None where that was not kept."""

    against: Trial | None
    """What the bundle then in service did with the very same."""

    numbers: tuple[Change, ...]
    """What it holds."""


def changed(release: Release, before: Release | None) -> Changed:
    """What is different; a bundle that cannot be read has no numbers."""
    now, then = _numbers(release), {} if before is None else _numbers(before)
    return Changed(
        trial_of(release.figures.get("candidate")),
        trial_of(release.figures.get("incumbent")),
        tuple(
            Change(name, then.get(name), value, share=name.startswith("acts")) for name, value in now.items()
        ),
    )


def _numbers(release: Release) -> dict[str, float | None]:
    lessons = release.figures.get("lessons", 0 if release.origin == "base" else None)
    found: dict[str, float | None] = {"lessons": lessons if isinstance(lessons, int) else None}
    try:
        bundle = load_bundle(release.folder)
    except BundleError:
        return found
    found["words known"] = len(bundle.vocabulary.words) + len(bundle.vocabulary.beside)
    for intent in ACTIONS:
        light = intent.removeprefix("light_")
        found[f"acts for {light} from, while it is said"] = bundle.thresholds[intent]
        found[f"acts for {light} from, at the end"] = bundle.final_thresholds[intent]
    return found


def trial_of(figures: Any) -> Trial | None:
    """What figures.json has of a trial; it only informs, and may hold anything."""
    names = Trial.__dataclass_fields__
    if not isinstance(figures, Mapping) or not all(type(figures.get(name)) is int for name in names):
        return None
    return Trial(**{name: figures[name] for name in names})
