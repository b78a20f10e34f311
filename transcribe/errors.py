"""What can go wrong on the way from sound to words; `str(error)` is the sentence a person reads."""


class TranscribeError(Exception):
    """Base of every error of this room."""


class ChunkError(TranscribeError):
    """The time between partials is not one that the recogniser can keep."""


class SpeechModelError(TranscribeError):
    """No speech model that can be trusted: missing, damaged, or not to be had."""


class StorageError(SpeechModelError):
    """The cache cannot be written: the disk is full, or the folder is not ours to write."""
