"""What can go wrong with sound; `str(error)` is the whole sentence a person reads."""


class CaptureError(Exception):
    """Sound could not be had."""


class RecordingError(CaptureError):
    """A recording could not be read: it is missing, not a file, empty, or not sound."""


class TruncatedRecordingError(RecordingError):
    """A recording ends before its own header says it does, or is damaged on the way."""


class MicrophoneError(CaptureError):
    """A microphone could not be chosen or opened."""


class MicrophoneAway(MicrophoneError):  # noqa: N818 - an event of the device, not a mistake of the caller
    """There is no such microphone now, or it cannot be opened now; that may pass."""


class MicrophoneStuck(MicrophoneError):  # noqa: N818 - an event of the sound system
    """A call into the sound system does not return; only another process can use it again."""


class MicrophoneLost(CaptureError):  # noqa: N818 - an event of the device, not a mistake of the caller
    """An open microphone stopped giving sound."""
