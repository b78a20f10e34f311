"""The recordings that ship with the project are what recordings.yaml says they are."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml

from model.intent import INTENTS

FOLDER = Path(__file__).parents[1] / "recordings"
SCENES: list[dict[str, str]] = yaml.safe_load((FOLDER / "recordings.yaml").read_text(encoding="utf-8"))
MAKE: dict[str, Any] = runpy.run_path(str(FOLDER / "make.py"), run_name="make")
QUIET = 0.005
"""Greatest amplitude of the quiet around the words, full scale being 1."""


def _file_name(scene: dict[str, str]) -> str:
    return scene["words"].replace("'", "").replace(" ", "_") + ".wav"


def test_there_are_enough_and_small() -> None:
    assert len(SCENES) >= 18
    assert sum(path.stat().st_size for path in FOLDER.glob("*.wav")) < 2_000_000


def test_all_three_intents_and_at_least_three_voices() -> None:
    assert {scene["intent"] for scene in SCENES} == set(INTENTS)
    assert len({scene["voice"] for scene in SCENES}) >= 3
    assert {scene["voice"].split()[0] for scene in SCENES} == {"espeak", "flite", "piper"}


def test_file_names_are_what_is_said_and_none_is_left_over() -> None:
    named = {_file_name(scene) for scene in SCENES}
    assert len(named) == len(SCENES)
    assert {path.name for path in FOLDER.glob("*.wav")} == named


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene["words"])
def test_format_is_what_the_lamp_hears_and_quiet_surrounds_the_words(scene: dict[str, str]) -> None:
    path = FOLDER / _file_name(scene)
    header = soundfile.info(path)
    assert (header.samplerate, header.channels, header.subtype) == (16_000, 1, "PCM_16")
    samples, rate = soundfile.read(path)
    lead, tail = samples[: int(0.28 * rate)], samples[-int(0.95 * rate) :]
    assert np.abs(lead).max() < QUIET
    assert np.abs(tail).max() < QUIET
    assert lead.any(), "digital silence is nothing a microphone gives"
    assert 0.1 < np.abs(samples).max() < 1


def test_script_speaks_the_same_words_the_same_way(require: Callable[[str], None]) -> None:
    require("espeak-ng")
    first = MAKE["recording"]("let there be light", "espeak en-gb")
    assert np.array_equal(first, MAKE["recording"]("let there be light", "espeak en-gb"))
    assert 16_000 * 1.6 < len(first) < 16_000 * 5
