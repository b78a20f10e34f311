"""What can go wrong in this room; the text of each error is the whole sentence a person reads."""

from capture.errors import CaptureError
from export.errors import BundleError
from model.errors import ModelError
from transcribe.errors import TranscribeError


class ForeglowError(Exception):
    """The program cannot go on; `str(error)` says what was wrong, where, and what to do."""


class ConfigError(ForeglowError):
    """The configuration cannot be used; one sentence a line, with file, line, key and what is allowed."""


class ControlError(ForeglowError):
    """A running lamp cannot be asked, or refuses what it is asked."""


class StateDiskError(ControlError):
    """The disk with the state folder refuses to be written: it is full, read-only or broken."""


class StateBackError(ForeglowError):
    """A lamp that began without its state folder could use it now, and is to be started again with it."""


class AlreadyRunningError(ControlError):
    """Another foreglow holds this state folder."""


class NotRunningError(ControlError):
    """No foreglow answers in this state folder."""


class JournalError(ForeglowError):
    """The journal cannot be read or written."""


class UnknownUtteranceError(JournalError):
    """There is no utterance of that number in the journal."""


class ReleaseError(ForeglowError):
    """A bundle cannot be promoted, or there is none to go back to."""


class LightError(ForeglowError):
    """A light cannot be switched; unlike others, the text follows the light's name."""


class MqttError(ForeglowError):
    """The MQTT broker cannot be used, or not now; the text names it."""


class StageError(ForeglowError):
    """A part of the running lamp failed, and beginning it afresh was of no use or is not possible."""


class BusyError(ForeglowError):
    """Too much waits to be done already."""


class MemoryCeilingError(ForeglowError):
    """The process uses more memory than it ever should."""


class PageError(ForeglowError):
    """The web page cannot be served, or not to this browser."""


OURS = (CaptureError, TranscribeError, ModelError, BundleError, ForeglowError)
"""Errors of all rooms whose text is the sentence to be read."""


class RetrainError(ForeglowError):
    """There is nothing to retrain on, or no way to."""


class ServiceError(ForeglowError):
    """The lamp cannot be installed as a service of the system, or removed from it."""
