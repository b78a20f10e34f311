"""What is heard in a home beside speech, made of numbers; and voices to speak what is said.

Every sound is a loop of half a minute at a root mean square of 1, so that an excerpt of any length costs a copy.
"""

import io
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from capture.block import SAMPLE_RATE
from capture.recording import read_recording

Sound = NDArray[np.float32]
"""Shape (samples,), at 16 kHz."""

LOOP_S: Final = 32
"""Seconds of a loop: eight bars of the music."""

VOICES: Final = ("en-us", "en-gb", "en-us+f3", "en-gb+m3", "en-us+m7", "en-gb+f2")
"""Of espeak-ng."""

_SECONDS: Final = np.arange(LOOP_S * SAMPLE_RATE) / SAMPLE_RATE
_BEAT_S: Final = 0.5
_CHORDS: Final = ((0, 4, 7), (-3, 0, 4), (-7, -3, 0), (-5, -1, 2))
"""Semitones above the key note: the four chords of most songs."""


def scaled(sound: NDArray[np.float64]) -> Sound:
    """The sound at a root mean square of 1."""
    return np.asarray(sound / np.sqrt(np.mean(np.square(sound))), np.float32)


def pink(random: np.random.Generator) -> Sound:
    """Power falling by 3 dB an octave: rain, a road, a fan."""
    spectrum = np.fft.rfft(random.normal(size=len(_SECONDS)))
    return scaled(np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), len(_SECONDS)))


def hum(random: np.random.Generator) -> Sound:
    """Mains at 50 Hz with overtones and a fan behind it: a refrigerator."""
    tones = sum(np.sin(2 * np.pi * 50 * k * _SECONDS + random.uniform(0, 6)) / k for k in (1, 2, 3, 4, 6))
    return scaled(tones + 0.3 * pink(random))


def clatter(random: np.random.Generator) -> Sound:
    """Two short rings a second over soft noise: dishes."""
    sound = 0.05 * random.normal(size=len(_SECONDS))
    for at in random.integers(len(_SECONDS), size=2 * LOOP_S):
        tail = _SECONDS[: min(4_000, len(_SECONDS) - at)]
        pitches = random.uniform(1_000, 6_000, size=3)
        ring = sum(np.sin(2 * np.pi * pitch * tail) for pitch in pitches) * np.exp(-tail / 0.03)
        sound[at : at + len(tail)] += random.uniform(0.3, 1) * ring
    return scaled(sound)


def music(random: np.random.Generator) -> Sound:
    """Chords, a melody, a bass drum on every beat and a cymbal between: a song without words."""
    key_hz = 220 * 2 ** (random.integers(12) / 12)
    sound = np.zeros(len(_SECONDS))
    for bar in range(LOOP_S // 4):
        chord = _CHORDS[bar % len(_CHORDS)]
        for note in chord:
            _play(sound, 4 * bar, key_hz * 2 ** (note / 12), 4, 0.4)
        for beat in range(8):
            note = chord[random.integers(3)] + 12 * random.integers(1, 3)
            _play(sound, 4 * bar + beat * _BEAT_S, key_hz * 2 ** (note / 12), _BEAT_S, 0.5)
    for beat in range(round(LOOP_S / _BEAT_S)):
        begin = round(beat * _BEAT_S * SAMPLE_RATE)
        tail = _SECONDS[: SAMPLE_RATE // 5]
        sound[begin : begin + len(tail)] += 2 * np.sin(2 * np.pi * 60 * tail) * np.exp(-tail / 0.05)
        hiss = random.normal(size=len(tail)) * np.exp(-tail / 0.02)
        middle = begin + SAMPLE_RATE // 4
        sound[middle : middle + len(tail)] += 0.5 * hiss
    return scaled(sound)


def _play(sound: NDArray[np.float64], at_s: float, pitch_hz: float, length_s: float, level: float) -> None:
    tail = _SECONDS[: round(length_s * SAMPLE_RATE)]
    overtones = sum(np.sin(2 * np.pi * pitch_hz * k * tail) / k**1.5 for k in range(1, 6))
    shape = np.minimum(1, tail / 0.01) * np.exp(-tail / length_s) * np.minimum(1, (length_s - tail) / 0.01)
    begin = round(at_s * SAMPLE_RATE)
    sound[begin : begin + len(tail)] += level * overtones * shape


def babble(random: np.random.Generator, voices: list[Sound], talkers: int = 6) -> Sound:
    """Several people at once, a few rooms away."""
    sound = np.zeros(len(_SECONDS))
    for _ in range(talkers):
        said = np.concatenate([voices[number] for number in random.permutation(len(voices))])
        sound += np.resize(np.roll(said, random.integers(len(said))), len(sound))
    return scaled(sound)


def recorded(path: Path) -> Sound:
    """A recording, at a root mean square of 1."""
    samples = np.concatenate([block.samples for block in read_recording(path)])
    return scaled(samples.astype(np.float64))


def spoken(words: str, voice: str) -> Sound:
    """What espeak-ng makes of the words, at a root mean square of 1. Raises OSError without espeak-ng."""
    command = ["espeak-ng", "-v", voice, "-s", "150", "--stdout", words]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    samples, rate_hz = soundfile.read(io.BytesIO(output), dtype="float64")
    resampled = np.interp(
        np.arange(round(len(samples) * SAMPLE_RATE / rate_hz)) * rate_hz / SAMPLE_RATE,
        np.arange(len(samples)),
        samples,
    )
    return scaled(resampled)
