"""The cache folder, and how a folder appears in it: whole or not at all."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Final

from transcribe.errors import StorageError

_UNFINISHED: Final = ".unfinished-"
"""How the name of a folder begins that is still being made."""


def cache_folder() -> Path:
    """Where fetched and tuned speech models live; it need not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rules: a relative path there is to be ignored.
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "foreglow"


@contextmanager
def workplace() -> Iterator[Path]:
    """An empty folder inside the cache for making something in, ours alone; removed at the end.

    One process at a time is let in, the others wait: two that start at once must not fetch twice. What a
    killed process left behind is removed first.

    Raises:
        StorageError: the cache cannot be written, also when that turns out later, inside the `with`.
    """
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left_behind in cache.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(left_behind, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=cache))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise storage_error(error.errno, error.strerror or str(error)) from error


def put_in_place(made: Path, target: Path) -> None:
    """Give the finished folder `made`, from inside a `workplace`, its name in the cache, in one step.

    An older folder of that name is moved aside into the workplace, which removes it.
    """
    _write_out(made)
    if target.is_symlink() or target.is_file():
        target.unlink()
    elif target.exists():
        target.rename(made.with_name("replaced"))
    made.rename(target)
    _sync(target.parent)


def storage_error(number: int | None, reason: str) -> StorageError:
    """The sentence for a cache that cannot be written, from the errno and the system's words for it."""
    cache = cache_folder()
    if number in (ENOSPC, EDQUOT):
        return StorageError(
            "The disk is full: the speech model needs 300 MB while it is fetched and 70 MB after, "
            f"in {cache}; make room, or set XDG_CACHE_HOME to a folder on another disk."
        )
    return StorageError(
        f"Cannot write the speech model to {cache}: {reason}; "
        "set XDG_CACHE_HOME to a folder you may write to."
    )


def _write_out(folder: Path) -> None:
    # Without this a power cut soon after the rename could leave the name with empty files behind it.
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            _sync(file)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
