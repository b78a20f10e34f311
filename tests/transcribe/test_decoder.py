"""Vosk's library without its package: loaded, begun anew, let go."""

import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transcribe.decoder import Decoder
from transcribe.recogniser import SAMPLE_RATE, Recogniser

_SENTENCE = "turn on the light and then we go to the other room"


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_a_load_that_is_interrupted_leaves_no_complaint(
    monkeypatch: pytest.MonkeyPatch, speech_model: Path
) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)

    def interrupted(_decoder: Decoder) -> None:
        raise SystemExit(0)

    monkeypatch.setattr(Decoder, "renew", interrupted)
    with pytest.raises(SystemExit):
        Decoder(speech_model, SAMPLE_RATE)
    Decoder.__new__(Decoder)  # made, never loaded, thrown away
    gc.collect()
    assert complaints == []


@pytest.mark.parametrize("warm", [True, False])
def test_begun_anew_it_gives_its_memory_back_and_hears_the_same(
    recogniser: Recogniser, say: Any, feed: Any, warm: bool
) -> None:
    samples = say(_SENTENCE)
    recogniser.begin_afresh(warm=False)
    fresh = _resident_bytes()
    before = [*feed(recogniser, samples, step=512), recogniser.finish(4.0)]
    grown = _resident_bytes()
    assert grown - fresh > 5_000_000
    recogniser.begin_afresh(warm=warm)
    if not warm:
        assert _resident_bytes() - fresh < (grown - fresh) / 2
    assert recogniser.idle
    assert [*feed(recogniser, samples, step=512), recogniser.finish(4.0)] == before


def test_it_is_idle_between_utterances_only(recogniser: Recogniser, say: Any, feed: Any) -> None:
    assert recogniser.idle
    feed(recogniser, say("turn on the light"))
    assert not recogniser.idle
    recogniser.finish(3.0)
    assert recogniser.idle


def test_somebody_who_never_pauses_is_cut_off_so_that_no_utterance_grows_for_ever(
    recogniser: Recogniser, say: Any
) -> None:
    samples = np.resize(say("turn on the light and then we go to the other room"), 30 * SAMPLE_RATE)
    finals = 0
    for begin in range(0, len(samples), 512):
        hypothesis = recogniser.accept(samples[begin : begin + 512], (begin + 512) / SAMPLE_RATE)
        finals += hypothesis is not None and hypothesis.final
    assert finals >= 1


def test_listening_loads_no_http_client() -> None:
    program = (
        "import sys, transcribe.recogniser; print(*{'requests', 'urllib3', 'vosk'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
