"""Which bundle is in service and which were, read from the state folder; runtime/releases/promotion.py changes it.

    releases/<version>/        a bundle, with figures.json and, once it was refused, refused.json
    releases/promotions.json   the versions that may be gone back to, oldest first
    releases/current           a link to the version in service; without it the base bundle is in service

Only `current` decides, and it is replaced by one rename; docs/releases.md tells what a kill leaves at each step.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from export.bundle import BASE_BUNDLE, load_bundle
from model.limited import read_json

FOLDER: Final = "releases"
CURRENT: Final = "current"
PROMOTIONS_FILE: Final = "promotions.json"
FIGURES_FILE: Final = "figures.json"
REFUSED_FILE: Final = "refused.json"

Standing: TypeAlias = Literal["in service", "earlier", "kept", "refused"]
"""`earlier`: `rollback` leads there; `kept`: still on the disk, but rolled back from; `refused`: never again."""

_VERSION = re.compile(r"[0-9a-f]{12}")

_MOST_BYTES: Final = 256_000
"""Of a file beside the bundles; they have a few hundred."""


@dataclass(frozen=True, slots=True)
class Release:
    """A bundle that is, was or may be in service."""

    version: str
    """Twelve hexadecimal digits, as in the bundle."""

    folder: Path
    """Where it lies."""

    origin: Literal["promoted", "configured", "base"]
    """How it came here: promoted by retraining, named in the configuration, or with foreglow."""

    standing: Standing
    """What it is to the lamp now."""

    promoted_at: str | None
    """UTC, ISO 8601; None for one that was not promoted."""

    figures: Mapping[str, Any]
    """What was measured before it was promoted."""

    refused: str | None = None
    """Why it was taken out of service; None if it was not."""


def in_service(state_folder: Path, configured: Path | None = None) -> Path:
    """The folder of the bundle to be used: the configured one, else the current one, else the base bundle."""
    return configured or next(iter(usable(state_folder)), BASE_BUNDLE)


def usable(state_folder: Path) -> list[Path]:
    """The promoted bundle in service and those to go back to, in that order; refused ones are left out."""
    folder = state_folder / FOLDER
    return [folder / version for version in line(folder)]


def releases(state_folder: Path, configured: Path | None = None) -> list[Release]:
    """All bundles, the newest promotion first and the base bundle last; with a configured one before them.

    Raises BundleError if the configured or the base bundle cannot be loaded.
    """
    folder = state_folder / FOLDER
    current_line = line(folder)
    found = []
    for version in listed(folder):
        refused = _refusal(folder / version)
        standing: Standing = "earlier" if version in current_line else "kept"
        if refused is not None:
            standing = "refused"
        elif version in current_line[:1] and configured is None:
            standing = "in service"
        noted = _noted(folder / version)
        figures = noted["figures"] if isinstance(noted.get("figures"), dict) else {}
        promoted_at = noted["promoted_at"] if isinstance(noted.get("promoted_at"), str) else None
        found.append(Release(version, folder / version, "promoted", standing, promoted_at, figures, refused))
    base = load_bundle(BASE_BUNDLE)
    base_standing: Standing = "earlier" if current_line or configured else "in service"
    found.append(Release(base.version, BASE_BUNDLE, "base", base_standing, None, base.metrics))
    if configured is not None:
        own = load_bundle(configured)
        found.insert(0, Release(own.version, configured, "configured", "in service", None, own.metrics))
    return found


def line(folder: Path) -> list[str]:
    """The version in service, and after it those to go back to, nearest first; `folder` is the releases folder."""
    try:
        current = (folder / CURRENT).readlink().name
    except OSError:  # no link: nothing was promoted, or all was taken back
        return []
    promotions = _promotions(folder)
    before = promotions[: promotions.index(current)] if current in promotions else promotions
    versions = dict.fromkeys([current, *reversed(before)])
    return [v for v in versions if (folder / v).is_dir() and not (folder / v / REFUSED_FILE).exists()]


def listed(folder: Path) -> list[str]:
    """All promoted versions on the disk: the latest promotions first, then those gone back from, newest first."""
    if not folder.is_dir():
        return []
    there = {path.name for path in folder.iterdir() if _VERSION.fullmatch(path.name) and path.is_dir()}
    ranked = [version for version in reversed(_promotions(folder)) if version in there]

    def promoted_at(version: str) -> str:
        return str(_noted(folder / version).get("promoted_at", ""))

    return ranked + sorted(there.difference(ranked), key=promoted_at, reverse=True)


def _promotions(folder: Path) -> list[str]:
    noted = _json(folder / PROMOTIONS_FILE)
    versions = noted if isinstance(noted, list) else []
    return [version for version in versions if isinstance(version, str) and _VERSION.fullmatch(version)]


def _refusal(place: Path) -> str | None:
    if not (place / REFUSED_FILE).exists():
        return None
    noted = _json(place / REFUSED_FILE)
    return str(noted.get("reason")) if isinstance(noted, dict) else "for a reason that was not kept"


def _noted(place: Path) -> dict[str, Any]:
    noted = _json(place / FIGURES_FILE)
    return noted if isinstance(noted, dict) else {}


def _json(path: Path) -> Any:
    """What the file holds; None without one, or with one that is damaged: it only informs."""
    try:
        return read_json(path, _MOST_BYTES)
    except (OSError, ValueError):
        return None
