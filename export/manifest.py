"""The manifest of a bundle, read by somebody who does not yet know whether it is one: every number has bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, Final

from export.curve import Curve, checked_curve
from model.intent import ACTIONS, INTENTS, Intent
from model.language_model import Sizes
from model.limited import parse_json
from model.ngrams import MOST_IDS
from model.sounds_alike import KEYS

MAX_BYTES: Final = 256_000
"""Of the file; ours have four thousand."""

MOST: Final = {
    "known_words": MOST_IDS,
    "hashed_slots": MOST_IDS,
    "sound_slots": len(KEYS),
    "bits": 1_024,
    "radius": 64,
    "hidden": 4_096,
}
"""Of each size; what is run from them then takes a megabyte at most."""


class OtherFormatError(Exception):
    """The manifest is of another format; the text names it."""


@dataclass(frozen=True)
class Manifest:
    """What a manifest says."""

    sha256: Mapping[str, str]
    """Of each other file, in hexadecimal."""

    sizes: Sizes
    """Of the model."""

    thresholds: Mapping[Intent, float]
    """For partials, for light_on and light_off; 0.5 to 1.0."""

    final_thresholds: Mapping[Intent, float]
    """The same for finals."""

    metrics: Mapping[str, Any]
    """Figures measured when the bundle was built."""

    curve: Curve
    """What each budget of false activations buys."""

    parameters: int
    """How many numbers were trained or counted."""


def read_manifest(data: bytes, file_format: int, files: tuple[str, ...]) -> Manifest:
    """Return what is in a manifest.

    Args:
        data: the file.
        file_format: the one that is understood.
        files: names of those that the manifest must vouch for.

    Raises:
        OtherFormatError: it is of another format.
        BundleError: the calibration curve is none.
        ValueError, KeyError, TypeError: it is no manifest.
    """
    manifest = parse_json(data)
    if manifest["format"] != file_format or tuple(manifest["intents"]) != INTENTS:
        raise OtherFormatError(f"{manifest['format']}"[:20])
    thresholds, final_thresholds = (
        {intent: _threshold(manifest[name][intent]) for intent in ACTIONS}
        for name in ("thresholds", "final_thresholds")
    )
    return Manifest(
        {name: _text(manifest["files"][name]["sha256"]) for name in files},
        _sizes(manifest["sizes"]),
        thresholds,
        final_thresholds,
        dict(manifest["metrics"]),
        checked_curve(manifest["curve"]),
        _whole("parameters", manifest["parameters"], 1_000_000_000),
    )


def _sizes(told: Any) -> Sizes:
    return Sizes(**{each.name: _whole(each.name, told[each.name], MOST[each.name]) for each in fields(Sizes)})


def _whole(name: str, value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{name} must be a whole number up to {most:,}")
    return value


def _threshold(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value) or not 0.5 <= value <= 1:
        raise ValueError("thresholds out of range: they are from 0.5 to 1.0")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a SHA-256 must be text")
    return value
