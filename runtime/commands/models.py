"""`foreglow models` and `foreglow rollback`: the bundles with their figures, and going back."""

import argparse
import json
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from runtime.config import Config
from runtime.releases.exchange import go_back
from runtime.releases.listing import Release, releases

ORIGINS = {"base": "came with foreglow", "configured": "named in decide.bundle"}
"""What is said of a bundle that was not promoted, in place of a date."""


def models(options: argparse.Namespace, config: Config) -> int:
    """Print every bundle, the newest first. Raises BundleError if the configured or the base bundle is broken."""
    found = releases(config.state_folder, config.decide.bundle)
    if options.json:
        lines = [json.dumps(release_json(release)) for release in found]
    else:
        columns = shutil.get_terminal_size().columns
        lines = [line for release in found for line in release_lines(release, columns)]
    print(*lines, sep="\n")
    return 0


def rollback(options: argparse.Namespace, config: Config) -> int:
    """Go back over `options.steps` promotions and have a running lamp take up what is then in service.

    Raises ReleaseError, BundleError, and ControlError if the running lamp cannot take it up.
    """
    done = go_back(config, options.steps)
    if options.json:
        print(json.dumps({"event": "rollback", "version": done.version, "taken_up": done.taken_up}))
    else:
        print(done.sentence())
    return 0


def release_json(release: Release) -> dict[str, object]:
    """As `foreglow models --json` prints it."""
    return {
        "version": release.version,
        "standing": release.standing,
        "origin": release.origin,
        "promoted_at": release.promoted_at,
        "refused": release.refused,
        "figures": dict(release.figures),
        "folder": str(release.folder),
    }


def release_lines(release: Release, columns: int) -> Iterator[str]:
    """For people: version, standing and date; below them why it was refused, and its figures."""
    mark = "*" if release.standing == "in service" else " "
    when = ORIGINS.get(release.origin) or local_time(release.promoted_at)
    yield f"{mark} {release.version}  {release.standing:<10}  {when}"
    told = [] if release.refused is None else [release.refused]
    if figures := figures_text(release.figures):
        told.append(figures)
    for text in told:
        yield from textwrap.wrap(text, max(40, columns), initial_indent="    ", subsequent_indent="    ")


def figures_text(figures: Mapping[str, Any]) -> str:
    """The numbers among the figures, in their order: `recall 0.854, false activations 4`."""
    numbers = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    return ", ".join(f"{name.replace('_', ' ')} {_number(value)}" for name, value in numbers.items())


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def local_time(promoted_at: str | None) -> str:
    """The time of a promotion by the clock on the wall, to the minute."""
    try:
        return f"promoted {datetime.fromisoformat(promoted_at or '').astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return "promoted at a time that was not kept"
