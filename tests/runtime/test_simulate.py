"""Recordings through the real pipeline."""

from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from capture.block import BLOCK_SAMPLES, SAMPLE_RATE
from runtime.events import Decided, End, Heard, SpeechEnded
from runtime.lamp import Lamp
from runtime.simulate.recordings import simulate
from tests.runtime.kept import Kept, of

BLOCK_S = BLOCK_SAMPLES / SAMPLE_RATE


def run(lamp: Lamp, *paths, real_time=False):
    report, complaints = Kept(), []
    usable = simulate(paths, lamp, report, complaints.append, real_time=real_time)
    assert usable == (not complaints)
    return report, complaints


def test_a_recording_switches_the_light_at_the_time_it_was_known(lamp, light_on_recording):
    report, complaints = run(lamp, light_on_recording)
    assert complaints == []
    (events,) = report.events
    (decided,) = of(Decided, events)
    assert decided.decision.intent == "light_on"
    end = events[-1]
    assert isinstance(end, End)
    assert end.duration == pytest.approx(soundfile.info(light_on_recording).duration, abs=0.033)
    assert end.dropped_blocks == 0
    assert end.compute > 0
    # The clock never runs back, nor ahead of the computing that was done.
    times = [event.time for event in events[:-1]]
    assert times == sorted(times)
    for heard in of(Heard, events):
        assert heard.hypothesis.time < heard.time <= heard.hypothesis.time + end.compute
    assert of(SpeechEnded, events)[-1].last_speech <= end.duration


def test_the_end_tells_how_long_decisions_took_in_all_recordings_so_far(lamp, light_on_recording):
    report, _ = run(lamp, light_on_recording, light_on_recording)
    first, both = (events[-1].latency for events in report.events)
    (decided,) = of(Decided, report.events[0])
    (final,) = (heard.hypothesis for heard in of(Heard, report.events[0]) if heard.hypothesis.final)
    assert (first.decisions, first.before_final, first.unmatched) == (1, 1, 0)
    assert both.decisions == 2
    (latency,) = first.measured
    word_end_s = final.ends[decided.decision.word - 1]
    assert latency.whole == pytest.approx(decided.time - word_end_s)
    assert latency.wait == pytest.approx(decided.decision.time - word_end_s)
    assert min(latency.wait, latency.decode, latency.model) > 0
    assert latency.light is None


def test_each_recording_is_heard_afresh(lamp, light_on_recording):
    report, _ = run(lamp, light_on_recording, light_on_recording)
    first, second = ([(e.hypothesis.text, e.hypothesis.final) for e in of(Heard, es)] for es in report.events)
    assert first[-1] == second[-1]
    assert len(of(Decided, report.events[1])) == 1  # no refractory time left from the first


def test_a_bad_recording_is_named_and_does_not_stop_the_others(lamp, light_on_recording, tmp_path):
    missing, empty, text = tmp_path / "missing.wav", tmp_path / "empty.wav", tmp_path / "text.wav"
    empty.touch()
    text.write_text("turn on the light")
    report, complaints = run(lamp, missing, empty, text, tmp_path, light_on_recording)
    assert report.sources == [str(light_on_recording)]
    assert [len(complaint.splitlines()) for complaint in complaints] == [1, 1, 1, 1]
    for path, complaint in zip((missing, empty, text, tmp_path), complaints, strict=True):
        assert str(path) in complaint


def test_a_recording_that_breaks_off_is_heard_to_where_it_does(lamp, light_on_recording, tmp_path):
    cut = tmp_path / "cut.wav"
    content = light_on_recording.read_bytes()
    cut.write_bytes(content[: len(content) * 3 // 4])
    report, complaints = run(lamp, cut, light_on_recording)
    assert len(complaints) == 1
    assert str(cut) in complaints[0]
    assert of(Decided, report.events[-1])  # the recogniser was left empty for the next one


def test_a_recording_without_speech_is_told_but_has_its_end(lamp, tmp_path):
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(16_000, np.int16), 16_000)
    report, (complaint,) = run(lamp, silent)
    assert complaint == f"{silent}: no speech was heard in this recording."
    assert [type(event) for event in report.events[0]] == [End]


def test_real_speed_waits_for_each_block_to_be_spoken(lamp, light_on_recording, monkeypatch):
    waits_s: list[float] = []
    monkeypatch.setattr(
        "runtime.simulate.recordings.time", SimpleNamespace(sleep=waits_s.append, monotonic=lambda: 0.0)
    )
    run(lamp, light_on_recording, real_time=True)
    assert waits_s == pytest.approx([BLOCK_S * (number + 1) for number in range(len(waits_s))])
    assert len(waits_s) * BLOCK_S == pytest.approx(soundfile.info(light_on_recording).duration, abs=BLOCK_S)
