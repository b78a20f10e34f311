"""The room around the speech: its echo, and noise at a given signal-to-noise ratio."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from voices import RATE, Sound

DIRECT_TO_ECHO_DB: Final = (0.0, 8.0)
"""How much louder the direct sound is than all of its echo together: two metres away, and half a metre."""
DECAY_S: Final = (0.2, 0.6)
"""Seconds in which the echo falls by 60 dB: a furnished bedroom, and a bare kitchen."""


def echoed(sound: Sound, random: np.random.Generator) -> Sound:
    """The sound in a room drawn at random; shape as given, since the echo past its end is cut off.

    The room answers an impulse with the impulse and then white noise that decays exponentially, from 5 ms on:
    h[t] = n[t] 10^(-3 t / T60), what remains of the image method when there are many images.
    """
    decay_s = random.uniform(*DECAY_S)
    seconds = np.arange(round(decay_s * RATE)) / RATE
    echo = random.normal(size=len(seconds)) * 10 ** (-3 * seconds / decay_s)
    echo[: round(0.005 * RATE)] = 0
    echo *= 10 ** (-random.uniform(*DIRECT_TO_ECHO_DB) / 20) / np.sqrt(np.sum(np.square(echo)))
    echo[0] = 1
    size = len(sound) + len(echo)
    answer = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(echo, size), size)
    return answer[: len(sound)].astype(np.float32)


def white_noise(samples: int, random: np.random.Generator) -> Sound:
    """Equal power at all frequencies: a shower, a kettle."""
    return random.normal(size=samples).astype(np.float32)


def pink_noise(samples: int, random: np.random.Generator) -> Sound:
    """Power falling by 3 dB an octave: a fan, rain, a road."""
    spectrum = np.fft.rfft(random.normal(size=samples))
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
    return np.fft.irfft(spectrum, samples).astype(np.float32)


def babble(samples: int, random: np.random.Generator, talk: Sequence[Sound], talkers: int = 5) -> Sound:
    """Several people at once: each says pieces of `talk` in an order of its own, from anywhere in the first."""
    sum_of_talkers: Sound = np.zeros(samples, np.float32)
    for _ in range(talkers):
        said = np.concatenate([talk[index] for index in random.permutation(len(talk))])
        sum_of_talkers += excerpt(said, samples, random)
    return sum_of_talkers


def excerpt(sound: Sound, samples: int, random: np.random.Generator) -> Sound:
    """A stretch of a recording from anywhere in it, begun again at its end where it is too short."""
    places = random.integers(len(sound)) + np.arange(samples)
    return np.asarray(sound[places % len(sound)])


def mixed(sound: Sound, noise: Sound, speech_level: float, snr_db: float) -> Sound:
    """The sound with the noise under it.

    Args:
        sound: shape (samples,), with quiet around its speech.
        noise: of the same shape, at any level.
        speech_level: root mean square of the speech alone.
        snr_db: how many dB the speech is above the noise.
    """
    level = speech_level * 10 ** (-snr_db / 20)
    return np.asarray(sound + noise * (level / np.sqrt(np.mean(np.square(noise)))), np.float32)
