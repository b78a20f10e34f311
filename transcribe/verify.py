"""Is this folder the speech model, byte for byte?"""

import hashlib
from pathlib import Path
from typing import Final

from transcribe.errors import SpeechModelError

MODEL_NAME: Final = "vosk-model-small-en-us-0.15"
"""The one speech model this program was measured with."""


def _pinned() -> dict[str, str]:
    lines = (Path(__file__).parent / f"{MODEL_NAME}.sha256").read_text(encoding="ascii").splitlines()
    return {path: digest for digest, path in (line.split(maxsplit=1) for line in lines)}


CHECKSUMS: Final = _pinned()
"""SHA-256 in hexadecimal of every file, by its path inside the model folder."""


def verify_speech_model(folder: Path) -> None:
    """Read every file of the model in `folder` (70 MB, a fraction of a second) and compare the checksums.

    Files beyond those of the model are ignored.

    Raises:
        SpeechModelError: there is no such folder, or a file is missing, differs or cannot be read.
    """
    if not folder.exists():
        raise SpeechModelError(
            f"There is no speech model at {folder}: give the folder of {MODEL_NAME}, "
            "or leave transcribe.model out to have it fetched."
        )
    if not folder.is_dir():
        raise SpeechModelError(
            f"The speech model {folder} is a file, not a folder: unpack it and give the folder."
        )
    damage = find_damage(folder)
    if damage:
        raise SpeechModelError(
            f"The speech model in {folder} is damaged or another one ({damage}): "
            f"it must be {MODEL_NAME}, complete and unchanged."
        )


def find_damage(folder: Path) -> str | None:
    """What keeps `folder` from being the speech model, in a few words; None if nothing does.

    Raises:
        SpeechModelError: a file cannot be read.
    """
    missing = [path for path in CHECKSUMS if not (folder / path).is_file()]
    if missing:
        return f"{_listed(missing)} missing"
    wrong = [path for path, digest in CHECKSUMS.items() if _sha256(folder / path) != digest]
    return f"wrong SHA-256 of {_listed(wrong)}" if wrong else None


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SpeechModelError(f"Cannot read the speech model's file {file}: {error.strerror}.") from error


def _listed(paths: list[str]) -> str:
    rest = len(paths) - 1
    return paths[0] if not rest else f"{paths[0]} and {rest} other file{'s' if rest > 1 else ''}"
