"""Vosk's library itself, without the Python package around it.

That package loads an HTTP client, a progress bar and a subtitle writer to fetch models and write subtitles: memory that
lasts, and a way to the network that a lamp has no use for. What a lamp needs are nine functions.
"""

import ctypes
import importlib.util
from functools import cache
from pathlib import Path
from typing import Final

from transcribe.errors import SpeechModelError

_SILENT: Final = -1


class Decoder:
    """The speech model, and one recogniser on it. Not for use from several threads."""

    # Of the class, for what is interrupted before it had any.
    _model: int | None = None
    _recogniser: int | None = None

    def __init__(self, model_path: Path, rate_hz: int) -> None:
        """Load the model from its folder. Raises SpeechModelError."""
        self._rate_hz = rate_hz
        self._vosk = _library()
        self._vosk.vosk_set_log_level(_SILENT)
        self._model = self._vosk.vosk_model_new(str(model_path).encode())
        if not self._model:
            raise SpeechModelError(f"Vosk cannot load the speech model in {model_path}.")
        self.renew()

    def renew(self) -> None:
        """Begin with a fresh recogniser, and give the memory of the one before back to the system."""
        if self._recogniser:
            self._vosk.vosk_recognizer_free(self._recogniser)
            self._recogniser = None
            _give_back()
        self._recogniser = self._vosk.vosk_recognizer_new(self._model, self._rate_hz)
        if not self._recogniser:
            raise SpeechModelError("Vosk cannot make a recogniser from the speech model.")
        self._vosk.vosk_recognizer_set_words(
            self._recogniser, 1
        )  # in finals alone; in partials it would make them rare

    def accept(self, sound: bytes) -> bool:
        """Hear int16 samples; True when the decoder holds the utterance for over. Raises SpeechModelError."""
        over = self._vosk.vosk_recognizer_accept_waveform(self._recogniser, sound, len(sound))
        if over < 0:
            raise SpeechModelError("Vosk failed at what it heard, and said no more than that.")
        return bool(over)

    def partial(self) -> bytes:
        """What it believes so far, as JSON."""
        return bytes(self._vosk.vosk_recognizer_partial_result(self._recogniser))

    def final(self) -> bytes:
        """What it believes at the end, as JSON; the next utterance begins."""
        return bytes(self._vosk.vosk_recognizer_final_result(self._recogniser))

    def __del__(self) -> None:
        if self._recogniser:
            self._vosk.vosk_recognizer_free(self._recogniser)
        if self._model:
            self._vosk.vosk_model_free(self._model)


@cache
def _library() -> ctypes.CDLL:
    """The functions; raises SpeechModelError when the package is not installed."""
    package = importlib.util.find_spec("vosk")  # where it is; it is not loaded
    if package is None or package.origin is None:
        raise SpeechModelError("the package vosk is not installed; run `make setup`, or `pip install vosk`.")
    library = ctypes.CDLL(str(Path(package.origin).with_name("libvosk.so")))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, *arguments in (
        ("set_log_level", None, number),
        ("model_new", pointer, text),
        ("model_free", None, pointer),
        ("recognizer_new", pointer, pointer, ctypes.c_float),
        ("recognizer_free", None, pointer),
        ("recognizer_set_words", None, pointer, number),
        ("recognizer_accept_waveform", number, pointer, text, number),
        ("recognizer_partial_result", text, pointer),
        ("recognizer_final_result", text, pointer),
    ):
        function = getattr(library, f"vosk_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def _give_back() -> None:
    """Have the C library return what was freed, most of which it would keep; done where it can be asked to."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
