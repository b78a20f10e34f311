"""Promoting a bundle, going back, and keeping the last few: every change of runtime/releases/listing.py's folder.

Whoever changes it holds a lock on it. Each change ends with one rename or removal of `current`, so that a process
killed at any moment leaves the former bundle in service or the new one, whole.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from export.bundle import (
    BASE_BUNDLE,
    FILES,
    MANIFEST_FILE,
    MAX_FILE_BYTES,
    VOCABULARY_FILE,
    Bundle,
    load_bundle,
)
from export.errors import BundleError
from model.limited import read_limited
from runtime.durable import (
    point_to,
    remove_folder,
    remove_leftovers,
    sync_folder,
    temporary,
    write_json,
    write_synced,
)
from runtime.errors import ReleaseError
from runtime.private import private_folder
from runtime.releases.listing import (
    CURRENT,
    FIGURES_FILE,
    FOLDER,
    PROMOTIONS_FILE,
    REFUSED_FILE,
    line,
    listed,
)

KEEP: Final = 5
"""Promoted bundles kept unless `learn.keep_bundles` says otherwise."""


def promote(
    state_folder: Path,
    candidate: Path,
    figures: Mapping[str, Any],
    *,
    keep: int = KEEP,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Put a copy of the candidate into service; the version in service is then the one returned.

    Args:
        candidate: a bundle as export.bundle writes it; it stays where it is.
        figures: what was measured, as JSON; no words that were heard, for `forget` does not look here.
        keep: promoted bundles that are left, this one included; older ones are removed.

    Raises:
        BundleError: the candidate cannot be loaded or run.
        ReleaseError: the state folder cannot be written; the bundle in service is still the former one.
    """
    version = check_runs(candidate).version
    with _changing(state_folder) as folder:
        former = [each for each in line(folder) if each != version]
        _place(folder, candidate, version, {"promoted_at": now().isoformat(), "figures": dict(figures)})
        write_json(folder / PROMOTIONS_FILE, [*reversed(former), version])
        point_to(folder / CURRENT, version)
        with contextlib.suppress(OSError):  # it is in service; the next start tries again to tidy up
            _prune(folder, keep)
    return version


def rollback(state_folder: Path, steps: int = 1) -> str:
    """Go back over `steps` promotions, of which the first was made from the base bundle; return the version.

    Raises ReleaseError if there are not as many, BundleError if the bundle gone back to is broken.
    """
    with _changing(state_folder) as folder:
        known = line(folder)
        if not known:
            raise ReleaseError("there is nothing to go back to: the base bundle is in service.")
        if not 1 <= steps <= len(known):
            raise ReleaseError(f"one can go back over 1 to {len(known)} promotions, not {steps}.")
        if steps == len(known):
            (folder / CURRENT).unlink()
            sync_folder(folder)
            return load_bundle(BASE_BUNDLE).version
        version = check_runs(folder / known[steps]).version
        point_to(folder / CURRENT, version)
        return version


def refuse(state_folder: Path, version: str, reason: str) -> None:
    """Take a promoted bundle out of service for good, or until it is promoted again; the former one follows.

    Raises ReleaseError if that cannot be written down.
    """
    with _changing(state_folder) as folder:
        if (folder / version).is_dir():
            write_json(folder / version / REFUSED_FILE, {"reason": reason})


def tidy(state_folder: Path, keep: int = KEEP) -> None:
    """Remove what a killed promotion left, and bundles beyond the last `keep`. Raises ReleaseError."""
    if (state_folder / FOLDER).is_dir():
        with _changing(state_folder) as folder:
            _prune(folder, keep)


def forget_words(state_folder: Path, words: frozenset[str]) -> tuple[str, ...]:
    """Remove every promoted bundle whose vocabulary holds one of `words`; return their versions.

    Words of the base bundle tell nothing of the household and do not count. What is in service afterwards is
    the newest earlier bundle without them, at last the base bundle. Raises ReleaseError.
    """
    if not (state_folder / FOLDER).is_dir():
        return ()
    wanted = {word.encode() for word in words} - (_words_of(BASE_BUNDLE) or set())
    with _changing(state_folder) as folder:
        doomed = [version for version in listed(folder) if _may_hold(folder / version, wanted)]
        known = line(folder)
        if known and known[0] in doomed:
            following = next((version for version in known if version not in doomed), None)
            if following is None:
                (folder / CURRENT).unlink()
            else:
                point_to(folder / CURRENT, following)
        for version in doomed:
            remove_folder(folder / version)
    return tuple(doomed)


def check_runs(folder: Path) -> Bundle:
    """The bundle, loaded and run once. Raises BundleError."""
    from export.session import StepSession  # onnxruntime: not needed to look at what is there

    bundle = load_bundle(folder)
    StepSession(bundle)
    return bundle


def _place(folder: Path, candidate: Path, version: str, noted: Mapping[str, Any]) -> None:
    """Bring a copy of the candidate to releases/<version>, whole or not at all."""
    place = folder / version
    if _is_whole(place, version):  # promoted before: maybe in service, so its files stay where they are
        write_json(place / FIGURES_FILE, noted)
        (place / REFUSED_FILE).unlink(missing_ok=True)
        return
    fresh = temporary(folder)
    private_folder(fresh)
    try:
        for name in (*FILES, MANIFEST_FILE):
            write_synced(fresh / name, (candidate / name).read_bytes())
        write_json(fresh / FIGURES_FILE, noted)
        if not _is_whole(fresh, version):
            raise BundleError(f"The bundle in {candidate} changed while it was copied; promote it again.")
        if place.exists():
            remove_folder(place)
        fresh.rename(place)
        sync_folder(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _is_whole(place: Path, version: str) -> bool:
    try:
        return load_bundle(place).version == version
    except BundleError:
        return False


def _prune(folder: Path, keep: int) -> None:
    """Remove the releases beyond `keep`: first those gone back from, then the oldest."""
    in_line = line(folder)
    others = [version for version in listed(folder) if version not in in_line]
    for version in [*in_line, *others][max(1, keep) :]:
        remove_folder(folder / version)


def _may_hold(place: Path, wanted: set[bytes]) -> bool:
    """Whether a bundle knows one of the words; one that nobody can read any more is taken to know it."""
    words = _words_of(place)
    return bool(wanted) and (words is None or not wanted.isdisjoint(words))


def _words_of(place: Path) -> set[bytes] | None:
    """None for more than a vocabulary may have."""
    try:
        return set(read_limited(place / VOCABULARY_FILE, MAX_FILE_BYTES[VOCABULARY_FILE]).split())
    except OSError:
        return set()
    except ValueError:
        return None


@contextmanager
def _changing(state_folder: Path) -> Iterator[Path]:
    """The releases folder, with nobody else changing it and nothing temporary in it."""
    folder = state_folder / FOLDER
    try:
        private_folder(folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            remove_leftovers(folder)
            yield folder
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ReleaseError(
            f"{folder} cannot be written: {error.strerror or error}; nothing else was put into service."
        ) from error
