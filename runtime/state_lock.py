"""One foreglow at a time for a state folder, even when two start at the same moment."""

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import AlreadyRunningError, ControlError, StateDiskError
from runtime.private import FILE_MODE, private_folder, tighten

_log = logging.getLogger(__name__)

LOCK_FILE = "foreglow.lock"
"""Held for as long as the folder is in use; the kernel lets go of it however the process ends."""

_OF_THE_DISK = (errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO)


def unusable(state_folder: Path, error: OSError) -> ControlError:
    """What to tell of a state folder that cannot be written; StateDiskError where that is the fault of its disk."""
    kind = StateDiskError if error.errno in _OF_THE_DISK else ControlError
    return kind(
        f"the state folder {state_folder} cannot be used: {error.strerror}; "
        "make it writable or set state_dir to another."
    )


@contextmanager
def state_lock(state_folder: Path) -> Iterator[None]:
    """Hold the state folder, which is made if it is not there, while the `with` block runs.

    What rights others have to it are taken away, or a warning says why not (runtime/private.py).

    Raises AlreadyRunningError if another process holds it, ControlError if it cannot be used, StateDiskError of these
    if its disk refuses.
    """
    try:
        private_folder(state_folder)
        if (warning := tighten(state_folder)) is not None:
            _log.warning("%s", warning)
        lock = os.open(state_folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    except OSError as error:
        raise unusable(state_folder, error) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(
                f"a lamp is already running with the state folder {state_folder}; "
                "stop that one first, or set another state_dir."
            ) from None
        yield
    finally:
        os.close(lock)
