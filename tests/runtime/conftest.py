"""The real lamp, loaded once: speech model, language model, gate."""

from pathlib import Path

import pytest

from runtime.config import Config
from runtime.lamp import Lamp, load_lamp

RECORDINGS = Path(__file__).parent.parent.parent / "recordings"


@pytest.fixture(scope="session")
def lamp() -> Lamp:
    return load_lamp(Config())


@pytest.fixture(scope="session")
def light_on_recording() -> Path:
    """Somebody says to turn on the light."""
    return RECORDINGS / "turn_on_the_light_please.wav"
