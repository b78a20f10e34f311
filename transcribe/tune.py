"""A private copy of the speech model that answers more often, and always the same."""

from pathlib import Path
from typing import Final

from transcribe.cache import cache_folder, put_in_place, workplace
from transcribe.errors import ChunkError, SpeechModelError
from transcribe.verify import CHECKSUMS, MODEL_NAME

CHUNK_MS: Final = range(30, 241, 30)
"""Milliseconds of sound decoded at a time that may be asked for.

The network looks at frames of 10 ms and gives one answer for every three, so that a chunk is a multiple of
30 ms: the decoder would silently round anything else up. 240 ms is what the untouched model does.
"""

_FRAME_MS: Final = 10
_CONF: Final = "conf/model.conf"
_OPTION: Final = "--frames-per-chunk="
_FRONT_END: Final = "conf/mfcc.conf"
_NO_DITHER: Final = "--dither=0"
"""No noise of the decoder's own, which differs from run to run; the recogniser adds a reproducible one."""


def check_chunk_ms(chunk_ms: int) -> None:
    """Raise ChunkError unless `chunk_ms` is one of CHUNK_MS."""
    if chunk_ms not in CHUNK_MS:
        allowed = ", ".join(map(str, CHUNK_MS))
        raise ChunkError(f"transcribe.chunk_ms is {chunk_ms}, but the recogniser can only do {allowed} (ms).")


def tuned_copy(source: Path, chunk_ms: int) -> Path:
    """The folder of the tuned copy of the verified model in `source`; made if need be.

    Its conf/model.conf has the chunk length (ms) added and its conf/mfcc.conf forbids dither; every other
    file is a link to the one in `source`.

    Raises:
        StorageError: the cache cannot be written.
    """
    source = source.resolve()
    target = cache_folder() / f"{MODEL_NAME}-chunk{chunk_ms}"
    added = {_CONF: f"{_OPTION}{chunk_ms // _FRAME_MS}", _FRONT_END: _NO_DITHER}
    written = {
        path: f"{(source / path).read_text('utf-8').rstrip()}\n{line}\n" for path, line in added.items()
    }
    if _is_current(target, source, written):
        return target
    with workplace() as folder:
        if not _is_current(target, source, written):
            put_in_place(_made(folder / "tuned", source, written), target)
    return target


def read_chunk_ms(folder: Path) -> int:
    """The chunk length (ms) that the tuned copy in `folder` was made for.

    Raises:
        SpeechModelError: it is no tuned copy.
    """
    try:
        lines = (folder / _CONF).read_text(encoding="utf-8").splitlines()
        frames = next(int(line.removeprefix(_OPTION)) for line in lines if line.startswith(_OPTION))
    except (OSError, StopIteration, ValueError) as error:
        raise SpeechModelError(
            f"{folder} is no tuned copy of the speech model: pass what find_speech_model returned."
        ) from error
    return frames * _FRAME_MS


def _made(copy: Path, source: Path, written: dict[str, str]) -> Path:
    for path in CHECKSUMS:
        file = copy / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if path in written:
            file.write_text(written[path], encoding="utf-8")
        else:
            file.symlink_to(source / path)
    return copy


def _is_current(copy: Path, source: Path, written: dict[str, str]) -> bool:
    try:
        return all(
            (copy / path).read_text(encoding="utf-8") == written[path]
            if path in written
            else (copy / path).readlink() == source / path
            for path in CHECKSUMS
        )
    except (OSError, UnicodeDecodeError):
        return False
