"""What a running lamp costs, in bounds so wide that only a change of kind leaves them (docs/budget.md has figures)."""

import time
from pathlib import Path

import pytest

from benchmarks.process_figures import ProcessFigures
from tests.runtime.running_lamp import PATIENCE_S, RunningLamp

MOST_MB = 300.0
MOST_THREADS = 12
"""Ours, PortAudio's and the sound server's; a pool of a library for each core would not fit."""


@pytest.fixture(scope="module")
def lamp(audio_device, tmp_path_factory):  # noqa: ARG001 - the device it listens to
    folder = tmp_path_factory.mktemp("lamp")
    config = folder / "device.yaml"
    config.write_text(f"state_dir: {folder}/state\nlight: {{kind: command, command: ['true']}}\n")
    lamp = RunningLamp(config)
    lamp.until("ready")
    yield lamp
    lamp.process.kill()
    lamp.process.wait()


def figures(lamp: RunningLamp) -> ProcessFigures:
    return ProcessFigures.of(lamp.process.pid)


def test_nothing_is_written_while_nothing_happens(lamp):
    # What starting writes may come late on a busy machine; something that writes by itself never stops.
    until = time.monotonic() + PATIENCE_S
    written = -1
    while written != (written := figures(lamp).written_bytes):
        assert time.monotonic() < until
        time.sleep(2.0)


def test_it_keeps_within_its_memory_and_threads_over_speech(lamp, audio_device, light_on_recording):
    for _ in range(2):
        audio_device.play(light_on_recording)
        lamp.until("speech_end")
    after = figures(lamp)
    assert after.threads <= MOST_THREADS
    assert after.peak_mb < MOST_MB


def test_neither_torch_nor_an_http_client_is_loaded(lamp):
    mapped = Path(f"/proc/{lamp.process.pid}/maps").read_text()
    assert "libvosk" in mapped
    assert not any(name in mapped for name in ("torch", "charset_normalizer", "scipy/", "libgomp"))
