"""The real speech model, places to break copies of it, and speech as the recogniser wants it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from transcribe.fetch import ensure_speech_model
from transcribe.hypothesis import Hypothesis
from transcribe.recogniser import SAMPLE_RATE, Recogniser
from transcribe.speech_model import find_speech_model
from transcribe.verify import CHECKSUMS

Say = Callable[..., NDArray[np.int16]]
Feed = Callable[..., list[Hypothesis]]


@pytest.fixture(scope="session")
def pristine() -> Path:
    """The verified speech model in this user's cache."""
    return ensure_speech_model()


@pytest.fixture(scope="session")
def speech_model() -> Path:
    """Its copy that answers every 60 ms."""
    return find_speech_model(None, 60)


@pytest.fixture
def cache(pristine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 -- made first
    """An empty cache folder that the test has for itself; it does not exist yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "foreglow"


@pytest.fixture
def model_copy(pristine: Path, tmp_path: Path) -> Path:
    """A folder with links to every file of the speech model, for the test to break."""
    folder = tmp_path / "copy"
    for path in CHECKSUMS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(pristine / path)
    return folder


@pytest.fixture(scope="session")
def _loaded(speech_model: Path) -> Recogniser:
    recogniser = Recogniser(speech_model)
    recogniser.warm_up()
    return recogniser


@pytest.fixture
def recogniser(_loaded: Recogniser) -> Recogniser:
    """A warm recogniser between two utterances."""
    _loaded.finish(0.0)
    return _loaded


@pytest.fixture
def say(speech: Callable[..., Path]) -> Say:
    """`say("turn on the light", before_s=0.5, after_s=2.0)`: samples at 16 kHz, int16."""

    def samples(text: str, before_s: float = 0.0, after_s: float = 0.0) -> NDArray[np.int16]:
        sound, rate_hz = soundfile.read(speech(text, before_s, after_s), dtype="int16")
        return soxr.resample(sound, rate_hz, SAMPLE_RATE)

    return samples


@pytest.fixture
def feed() -> Feed:
    """`feed(recogniser, samples, from_s=10.0)`: what it says, hearing that in blocks of `step` samples."""

    def heard(
        recogniser: Recogniser, samples: NDArray[np.int16], from_s: float = 0.0, step: int = 160
    ) -> list[Hypothesis]:
        ends = range(step, len(samples) + 1, step)
        answers = (recogniser.accept(samples[end - step : end], from_s + end / SAMPLE_RATE) for end in ends)
        return [hypothesis for hypothesis in answers if hypothesis is not None]

    return heard
