"""Speak recordings.yaml with synthetic voices into wav files beside it: 16 kHz, mono, 16 bit.

    python recordings/make.py

Needs the programs espeak-ng and flite, and the packages of the `voices` extra. The same words and voice
give the same file, so a recording changes only when its entry does.
"""

import zlib
from pathlib import Path

import numpy as np
import soundfile
import yaml
from voices import RATE, SPEAKERS, Sound, speech

HERE = Path(__file__).parent
LEAD_S = 0.3
"""Seconds of quiet before the words."""
TAIL_S = 1.0
"""Seconds of quiet after them, so that the recogniser finds the end of the utterance."""
ROOM_NOISE = 0.0004
"""Root mean square of the quiet (-68 dB): digital silence never comes out of a microphone."""


def file_name(words: str) -> str:
    """The recording's file name: what is said, underscores for spaces, without apostrophes."""
    return words.replace("'", "").replace(" ", "_") + ".wav"


def recording(words: str, voice: str) -> Sound:
    """The words in a quiet room: shape (samples,), 16 kHz.

    `voice` is a synthesiser and its voice, such as "flite slt" or "piper joe". Raises KeyError
    for another synthesiser, ValueError for a piper voice that is not there, CalledProcessError when a program
    refuses.
    """
    synthesiser, name = voice.split(" ")
    sound = speech(*SPEAKERS[synthesiser](words, name))
    sound = np.pad(sound, (int(LEAD_S * RATE), int(TAIL_S * RATE)))
    noise = np.random.default_rng(zlib.crc32(words.encode())).normal(0, ROOM_NOISE, len(sound))
    return np.clip(sound + noise, -1, 1).astype(np.float32)


def main() -> None:
    """Write every recording of recordings.yaml."""
    for entry in yaml.safe_load((HERE / "recordings.yaml").read_text(encoding="utf-8")):
        path = HERE / file_name(entry["words"])
        soundfile.write(path, recording(entry["words"], entry["voice"]), RATE, subtype="PCM_16")
        print(f"{path.name}  ({entry['voice']})")


if __name__ == "__main__":
    main()
