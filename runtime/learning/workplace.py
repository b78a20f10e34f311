"""Where a candidate is written before it is promoted: a folder in the state folder, used by one retraining at a time.

A candidate knows words that were heard, so it is not left in the system's folder for temporary files, and what a
killed retraining leaves is removed by the next one, by the lamp's next start and by `foreglow forget`.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from runtime.errors import RetrainError
from runtime.private import private_folder

FOLDER: Final = "retraining"


class BusyError(RetrainError):
    """Another retraining goes on."""


@contextmanager
def workplace(state_folder: Path) -> Iterator[Path]:
    """An empty folder, and nobody else in it; emptied again in the end.

    Raises BusyError if another retraining goes on, RetrainError if the folder cannot be used.
    """
    folder = state_folder / FOLDER
    try:
        private_folder(folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise RetrainError(f"{folder} cannot be used: {error.strerror}; nothing was retrained.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError("a retraining is going on already; wait until it is over.") from None
        _empty(folder)
        try:
            yield folder
        finally:
            _empty(folder)
    finally:
        os.close(descriptor)


def clear_workplace(state_folder: Path) -> None:
    """Remove what a killed retraining left; one that goes on is left alone, and clears up itself.

    Raises RetrainError if it cannot be removed.
    """
    if (state_folder / FOLDER).is_dir():
        with suppress(BusyError), workplace(state_folder):
            pass


def _empty(folder: Path) -> None:
    try:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    except OSError as error:
        raise RetrainError(f"{folder} cannot be emptied: {error.strerror}; remove what is in it.") from None
