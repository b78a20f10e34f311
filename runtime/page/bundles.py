"""Bundles and retrainings as the page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from runtime.commands.models import ORIGINS, figures_text, local_time
from runtime.config import Config
from runtime.journal.query import Reader
from runtime.releases.changed import Change, Trial, changed, trial_of
from runtime.releases.listing import FOLDER, Release, line, releases

NEWEST: Final = 5
"""Retrainings shown."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a bundle, and what it was in the one before."""

    name: str
    """What it is."""

    now: str
    """Its value."""

    before: str
    """That of the one before; empty when it is not known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a trial, of two bundles."""

    name: str
    """What it is."""

    this: str
    """Of this one."""

    other: str
    """Of the one then in service."""


@dataclass(frozen=True, slots=True)
class BundleShown:
    """What a template needs of one bundle."""

    version: str
    """Its name."""

    standing: str
    """What it is to the lamp now."""

    when: str
    """When it was promoted, or where it comes from."""

    refused: str
    """Why it was taken out of service; empty if it was not."""

    figures: str
    """What was measured when it was built, where it was not promoted."""

    trial: tuple[Row, ...]
    """What it did when it was tried, beside the one then in service."""

    numbers: tuple[Number, ...]
    """What it holds."""

    steps: int | None
    """Promotions to go back over to come to it; None where no way back leads."""

    may_serve: bool
    """Whether it can be put into service."""


@dataclass(frozen=True, slots=True)
class RetrainingShown:
    """What a template needs of a retraining that is over."""

    when: str
    """Local time at its end."""

    promoted: bool
    """Whether it came to something."""

    reason: str
    """Why, or why not."""


def all_bundles(config: Config) -> list[BundleShown]:
    """The newest first, as `foreglow models` has them. Raises BundleError."""
    found = releases(config.state_folder, config.decide.bundle)
    way = line(config.state_folder / FOLDER)
    return [_shown(each, found[place + 1 :], way, config) for place, each in enumerate(found)]


def retrainings_shown(reader: Reader) -> list[RetrainingShown]:
    """The newest first. Raises JournalError."""
    return [
        RetrainingShown(f"{datetime.fromtimestamp(each.ended):%Y-%m-%d %H:%M}", each.promoted, each.reason)
        for each in reversed(reader.retrainings()[-NEWEST:])
    ]


def trial_rows(tried: Trial | None, against: Trial | None) -> tuple[Row, ...]:
    """Two trials side by side; empty when either is not known."""
    if tried is None or against is None:
        return ()
    return (
        Row(
            "commands obeyed",
            *(f"{each.commands - each.missed} of {each.commands}" for each in (tried, against)),
        ),
        Row(
            "others that switched the light",
            *(f"{each.false_activations} of {each.others}" for each in (tried, against)),
        ),
    )


def _shown(release: Release, older: list[Release], way: list[str], config: Config) -> BundleShown:
    before = next((each for each in older if each.standing != "refused"), None)
    found = changed(release, before)
    figures = "" if found.tried is not None else figures_text(release.figures)
    steps = _steps(release, way)
    free = config.decide.bundle is None and release.standing != "in service"
    return BundleShown(
        version=release.version,
        standing=release.standing,
        when=ORIGINS.get(release.origin) or local_time(release.promoted_at),
        refused=release.refused or "",
        figures=figures,
        trial=trial_rows(found.tried, found.against),
        numbers=tuple(_number(each) for each in found.numbers if each.after is not None),
        steps=steps,
        may_serve=free and (steps is not None or release.origin == "promoted"),
    )


def _steps(release: Release, way: list[str]) -> int | None:
    if release.origin == "base" and way:
        return len(way)
    return way.index(release.version) if release.version in way[1:] else None


def _number(change: Change) -> Number:
    assert change.after is not None
    now, before = (
        "" if value is None else f"{value:.1%}" if change.share else f"{value:,.0f}"
        for value in (change.after, change.before)
    )
    return Number(change.name, now, "the same" if before == now else before)


def trials_of(result: Mapping[str, Any] | None) -> tuple[Row, ...]:
    """Those of the result line of a retraining."""
    if result is None:
        return ()
    return trial_rows(trial_of(result.get("candidate")), trial_of(result.get("incumbent")))
