"""What the lamp keeps is for its own user alone: folders 0700, files 0600, whatever the umask is."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600

_OWN = re.compile(
    r"(journal\.db|foreglow\.|releases$|retraining$|audio$|waiting\.json$|budget\.json$|page\.json$|mute).*"
    r"|\.[0-9a-f]{16}|\.doctor-.*"
)
"""Names of what lies in a state folder, temporary files among it; a folder with others in it is not the lamp's own."""


def private_folder(folder: Path) -> None:
    """Make a folder for this user alone, and those above it, if they are not there. Raises OSError.

    One that is there stays as it is.
    """
    if not folder.parent.exists():
        private_folder(folder.parent)
    try:
        folder.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(FOLDER_MODE)  # a umask may have taken our own rights


def private_file(path: Path) -> BinaryIO:
    """Open a file for this user alone to be written from its beginning. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        os.fchmod(descriptor, FILE_MODE)
        return os.fdopen(descriptor, "wb")
    except OSError:
        os.close(descriptor)
        raise


def tighten(state_folder: Path) -> str | None:
    """Take from others what rights they have to a state folder and to what is in it.

    Nothing is changed in a folder of another user, or where other things lie than a lamp's: somebody may need it as
    it is. Then a sentence comes back, if others may enter. Raises OSError.
    """
    about = state_folder.stat()
    if about.st_uid == os.geteuid() and all(_OWN.fullmatch(path.name) for path in state_folder.iterdir()):
        _restrict(state_folder, FOLDER_MODE)
        for path, is_folder in _below(state_folder):
            _restrict(path, FOLDER_MODE if is_folder else FILE_MODE)
        return None
    if stat.S_IMODE(about.st_mode) & 0o077 == 0:
        return None
    why = "belongs to another user" if about.st_uid != os.geteuid() else "holds other things too"
    return (
        f"the state folder {state_folder} {why} and may be entered by others, so its rights stay as they are; "
        "set state_dir to a folder of the lamp's own. What foreglow writes there is for its user alone."
    )


def _below(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Everything in a folder, and whether it is a folder; links are neither listed nor followed."""
    for parent, folders, files in os.walk(folder):
        for names, is_folder in ((folders, True), (files, False)):
            for name in names:
                path = Path(parent, name)
                if not path.is_symlink():
                    yield path, is_folder


def _restrict(path: Path, mode: int) -> None:
    try:
        about = path.stat()
        if about.st_uid == os.geteuid() and stat.S_IMODE(about.st_mode) & ~mode:
            path.chmod(mode)
    except FileNotFoundError:
        pass  # something temporary that has gone meanwhile
