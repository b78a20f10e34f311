"""Files that are whole after a power cut: written beside their place, synced, and renamed into it.

Everything temporary has a name that begins with a dot, so that what a killed process left is known.
"""

import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from runtime.private import private_file


def temporary(folder: Path) -> Path:
    """A name in `folder` that nothing has yet."""
    return folder / f".{secrets.token_hex(8)}"


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file that nobody reads yet, for this user alone; it is on the disk when this returns."""
    with private_file(path) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_json(path: Path, value: Any) -> None:
    """Replace the file by `value` as JSON: a reader finds the old one or the new one, whole."""
    fresh = temporary(path.parent)
    try:
        write_synced(fresh, (json.dumps(value, indent=2) + "\n").encode())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(path.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def point_to(link: Path, target: str) -> None:
    """Make `link` a symbolic link to `target`, in one step also when it was another's."""
    fresh = temporary(link.parent)
    try:
        fresh.symlink_to(target)
        fresh.replace(link)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(link.parent)


def remove_folder(folder: Path) -> None:
    """Take the folder away: at once for whoever looks for it, then file by file."""
    doomed = temporary(folder.parent)
    folder.rename(doomed)
    sync_folder(folder.parent)
    shutil.rmtree(doomed)


def remove_leftovers(folder: Path) -> None:
    """Remove everything temporary; nobody else may be writing in the folder."""
    for left in folder.glob(".*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
