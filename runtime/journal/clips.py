"""The sound of utterances, kept only where `privacy.keep_audio` says so: FLAC files under the state folder."""

import io
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from runtime.errors import JournalError
from runtime.private import private_file, private_folder

FOLDER = "audio"
"""In the state folder."""

SAMPLE_RATE_HZ = 16_000
"""Of what the recogniser heard."""


def save_clip(state_folder: Path, samples: npt.NDArray[np.int16], wall_time: float, megabytes: int) -> str:
    """Keep the sound of one utterance, then remove the oldest clips beyond `megabytes`; returns its file's name.

    Args:
        samples: mono, at SAMPLE_RATE_HZ.
        wall_time: when it was heard, in seconds since 1970; names are in the order of these.

    Raises JournalError if it cannot be written.
    """
    import soundfile  # loads a library, which who keeps no sound is spared

    sound = io.BytesIO()
    soundfile.write(sound, samples, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    folder = state_folder / FOLDER
    stamp = datetime.fromtimestamp(wall_time, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    name = f"{stamp}.flac"
    again = 1
    try:
        private_folder(folder)
        while (folder / name).exists():
            again += 1
            name = f"{stamp}-{again}.flac"
        unfinished = folder / f"{name}.unfinished"
        with private_file(unfinished) as file:
            file.write(sound.getvalue())
        unfinished.rename(folder / name)
    except OSError as error:
        raise JournalError(f"the clip {folder / name} cannot be written: {error.strerror}.") from None
    trim_clips(state_folder, megabytes)
    return name


def clip_path(state_folder: Path, name: str | None) -> Path | None:
    """The clip of that name, or None when there is none any more."""
    if name is None or not _is_name(name):
        return None
    path = state_folder / FOLDER / name
    return path if path.is_file() else None


def trim_clips(state_folder: Path, megabytes: int) -> int:
    """Remove the oldest clips until all together have no more than that; returns how many went."""
    clips = _clips(state_folder)
    size_bytes = sum(size for _, size in clips)
    gone: list[str] = []
    for path, size in clips:
        if size_bytes <= megabytes * 1_000_000:
            break
        gone.append(path.name)
        size_bytes -= size
    return remove_clips(state_folder, gone)


def remove_clips(state_folder: Path, names: Collection[str]) -> int:
    """Remove these; returns how many were there. Raises JournalError if one cannot be removed."""
    removed = 0
    for name in filter(_is_name, names):
        try:
            (state_folder / FOLDER / name).unlink()
            removed += 1
        except FileNotFoundError:
            pass
        except OSError as error:
            raise JournalError(f"the clip {name} cannot be removed: {error.strerror}.") from None
    return removed


def strays(state_folder: Path, known: Collection[str], before: float) -> list[str]:
    """Names of clips to which no utterance refers, written before a time (seconds since 1970)."""
    clips = [path for path, _ in _clips(state_folder)]
    return [path.name for path in clips if path.name not in known and _written(path) < before]


def _is_name(name: str) -> bool:
    """Whether it can be that of a clip. Another program may have written it into the journal: no path leads out."""
    return "/" not in name and "\0" not in name and name not in ("", ".", "..")


def _clips(state_folder: Path) -> list[tuple[Path, int]]:
    """Path and size in bytes, the oldest first; what a power cut left half written is among them."""
    folder = state_folder / FOLDER
    try:
        return [(path, path.stat().st_size) for path in sorted(folder.iterdir())]
    except FileNotFoundError:
        return []  # no folder, or a clip has just been removed by somebody


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
