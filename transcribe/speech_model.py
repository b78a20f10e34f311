"""One call from the setting to a folder that the recogniser can load."""

from pathlib import Path

from transcribe.fetch import ensure_speech_model
from transcribe.progress import Progress
from transcribe.tune import check_chunk_ms, tuned_copy
from transcribe.verify import verify_speech_model


def find_speech_model(configured: Path | None, chunk_ms: int, *, progress: Progress | None = None) -> Path:
    """The folder of a verified copy of the speech model that answers every `chunk_ms` milliseconds.

    The model is the one in `configured` if given, else the one in the cache, fetched from the network if need
    be; every file's SHA-256 is checked each time. A configured folder is only ever read.

    `progress` is told how far a download is; without one, standard error shows it.

    Raises:
        ChunkError: `chunk_ms` is not in transcribe.tune.CHUNK_MS.
        StorageError: the disk is full or the cache cannot be written.
        SpeechModelError: no model there, a damaged one, or none to be had.
    """
    check_chunk_ms(chunk_ms)
    if configured is None:
        return tuned_copy(ensure_speech_model(progress), chunk_ms)
    verify_speech_model(configured)
    return tuned_copy(configured, chunk_ms)
