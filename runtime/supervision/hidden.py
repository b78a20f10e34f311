"""Which files a service would not find, and how it is given them: a service has no home and its own /tmp."""

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from runtime.errors import ServiceError

HOMES: Final = tuple(map(Path, ("/home", "/root", "/run/user")))
"""Hidden by ProtectHome=."""

TEMPORARY: Final = tuple(map(Path, ("/tmp", "/var/tmp")))
"""Replaced by PrivateTmp=."""


def to_show(files: Iterable[Path]) -> tuple[Path, ...]:
    """Of `files`, those in hidden places, without those inside another of them: each is shown to the service."""
    hidden = sorted({path for path in files if _place_of(path) is not None})
    return tuple(path for path in hidden if not any(other in path.parents for other in hidden))


def in_a_home(paths: Iterable[Path]) -> bool:
    """Whether any of the paths lies in somebody's home."""
    return any(place in path.parents for path in paths for place in HOMES)


def check_readable(files: Iterable[Path], shown: Iterable[Path]) -> None:
    """Refuse files that the service's user, who is nobody's friend, could not read.

    A folder above one that is `shown` need not be open to all: the service sees an empty one in its place.

    Raises ServiceError.
    """
    shown = tuple(shown)
    for path in files:
        if path in HOMES + TEMPORARY or path == Path("/"):
            raise ServiceError(
                f"The service would have to see all of {path}; move what it needs into a folder of its own."
            )
        over = next((place for place in shown if place == path or place in path.parents), None)
        ancestors = [
            place for place in path.parents if over is None or over == place or over in place.parents
        ]
        for place in [*reversed(ancestors), path]:
            _check(place, path)


def _check(place: Path, wanted: Path) -> None:
    try:
        mode = place.stat().st_mode
    except OSError as error:
        raise ServiceError(f"{wanted} cannot be looked at: {error.strerror}.") from None
    if stat.S_ISDIR(mode):
        needed, right = (stat.S_IXOTH, "o+x") if place != wanted else (stat.S_IXOTH | stat.S_IROTH, "o+rx")
    elif mode & stat.S_IXUSR:
        needed, right = stat.S_IXOTH | stat.S_IROTH, "o+rx"
    else:
        needed, right = stat.S_IROTH, "o+r"
    if mode & needed != needed:
        raise ServiceError(
            f"The service runs as a user of its own, which may not read {wanted}; "
            f"allow it with `chmod {right} {place}`."
        )


def _place_of(path: Path) -> Path | None:
    return next((place for place in HOMES + TEMPORARY if place == path or place in path.parents), None)
