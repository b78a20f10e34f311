"""The soak and the faults: the day is the same each time, growth is seen, and what is lost is noticed."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.endurance import house as houses
from benchmarks.endurance import living
from benchmarks.endurance.day import APART_S, HOUR_S, SPEECH_DB, Clip, plan, sound_of
from benchmarks.endurance.flatness import slope
from benchmarks.endurance.household import Counted, Household
from benchmarks.endurance.living import Sample, Soaked
from benchmarks.endurance.promises import SOON_S, Promises
from benchmarks.endurance.supervised import Told
from benchmarks.faults import WITHIN_S, Seen, inject, table
from benchmarks.soak import grown, report
from capture.block import SAMPLE_RATE
from runtime.decision import Decision
from runtime.events import Decided
from runtime.journal.journal import Journal
from tests.runtime.diary import heard


def clip(words: str, intent: str, seconds: float = 2.0) -> Clip:
    return Clip(words, intent, "recording", np.ones(round(seconds * SAMPLE_RATE), np.float32))


KNOWN = [clip("light", "light_on"), clip("dark", "light_off"), clip("well", "none"), clip("so", "none", 4)]


def test_a_day_is_the_same_for_the_same_seed_and_commands_stand_alone():
    said, stretches = plan(np.random.default_rng(3), KNOWN, 24)
    assert (said, stretches) == plan(np.random.default_rng(3), KNOWN, 24)
    assert said != plan(np.random.default_rng(4), KNOWN, 24)[0]
    assert all(said[n].at_s >= said[n - 1].at_s for n in range(1, len(said)))
    commands = [each for each in said if KNOWN[each.clip].intent != "none"]
    assert len(commands) > 90
    for command in commands:
        near = [s for s in said if s.end_s > command.at_s - APART_S and s.at_s < command.end_s + APART_S]
        assert near == [command]
    speech_s = sum(each.end_s - each.at_s for each in said)
    assert 0.5 * HOUR_S < speech_s < 2 * HOUR_S


def test_what_is_said_is_heard_where_the_plan_says():
    random = np.random.default_rng(3)
    said, _ = plan(random, KNOWN, 0.1)
    sound = np.concatenate(list(sound_of(random, KNOWN, said, [], 0.1)))
    assert len(sound) == round(0.1 * HOUR_S) * SAMPLE_RATE
    for each in said:
        inside = sound[round(each.at_s * SAMPLE_RATE) + 1 : round(each.end_s * SAMPLE_RATE) - 1]
        assert np.abs(inside).mean() > 32_768 * 10 ** (SPEECH_DB[0] / 20) * 0.9
    quiet = sound[: round((min(each.at_s for each in said) - 0.1) * SAMPLE_RATE)]
    assert np.abs(quiet).max() < 32_768 * 10 ** (SPEECH_DB[0] / 20) / 4


def test_a_slope_comes_with_its_error():
    hours = 900.0 * np.arange(81)
    noise = np.random.default_rng(0).normal(size=81)
    found = slope(hours, 100 + 12 * hours / 86_400 + 0.2 * noise)
    assert abs(found.a_day - 12) < 3 * found.error < 1
    walk = slope(hours, 100 + np.cumsum(noise))
    assert walk.error > 5 * slope(hours, 100 + noise).error
    assert slope(hours, np.full(81, 7.0)).error == pytest.approx(0, abs=1e-9)


def soaked(memory_a_day: float, last_handles: int) -> Soaked:
    samples = [
        Sample(900.0 * n, 200 + memory_a_day * n / 96, last_handles if n > 60 else 12, 9, 10, 36.0 * n)
        for n in range(97)
    ]
    counted = Counted({"recordings": 4}, {"recordings": 3})
    return Soaked(samples, counted, 3_600, 80, 1, ["MainThread"])


def test_what_grows_is_told_and_what_does_not_is_not():
    assert grown(soaked(0.5, 12)) == []
    assert grown(soaked(30, 12)) == ["memory grows by 30.0 ± 0.0 MB a day"]
    assert grown(soaked(0.5, 15)) == ["handles went up from 12 to 15"]
    text = report(soaked(0.5, 12), "the command", 90)
    assert "| commands obeyed, recordings | 3 of 4 |" in text
    assert "| compute, all threads | 4.0 % of one core |" in text
    assert "Verdict: nothing grows." in text


class Switch:
    def __init__(self) -> None:
        self.lit, self.flips = False, []

    def flip(self, on: bool, _who: str, _at_s: float) -> None:
        self.flips.append(on)


def test_the_household_counts_answers_and_goes_to_the_switch():
    said = [
        {"at_s": at_s, "end_s": at_s + 2, "intent": "light_on", "voice": "recording"}
        for at_s in (10, 100, 200)
    ]
    household, switch = Household(said, seed=0), Switch()
    household._random.random = lambda: 0.0  # somebody always goes
    household._idle_s = 1e9

    def decide(at_s: float, intent: str) -> None:
        household.hear(Decided(at_s, Decision(intent, 0.9, ("x",), 1, at_s)))

    decide(11, "light_on")
    household.pass_time(20, switch)
    decide(50, "light_off")
    household.pass_time(60, switch)
    decide(101, "light_off")
    household.pass_time(110, switch)
    household.pass_time(210, switch)
    counted = household.counted
    assert (counted.spoken, counted.obeyed) == ({"recordings": 3}, {"recordings": 1})
    assert (counted.false, counted.opposite) == (1, 1)
    assert switch.flips == [True, True, True]


def test_what_was_promised_and_is_missing_is_noticed(tmp_path):
    with Journal.open(tmp_path) as journal:
        number = journal.add_utterance(heard("kept", journal.begin_session()))
        journal.add_label(number, "light_on", "corrected", 1.0)

    told = (
        (1, 7, "kept"),
        (2, 7, "lost"),
        (9.5, 7, "just before the kill"),
        (11, 8, "by one that keeps nothing"),
        (20 - SOON_S / 2, 9, "just now"),
    )
    finals = [Told(at_s, pid, {"event": "heard", "final": True, "text": text}) for at_s, pid, text in told]
    lamp = SimpleNamespace(told=finals)
    promises = Promises({number: "light_on"}, taken=[(7, 10.0)], unkept={8})
    assert promises.missing(lamp, tmp_path, 20.0) == ["“lost”, 1 times"]
    promises.labels[number + 1] = "none"
    promises.reported.add("“lost”, 1 times")
    assert promises.missing(lamp, tmp_path, 20.0) == [f"the label of utterance {number + 1}"]


def lived(folder: Path) -> Soaked:
    living.SAMPLED_S = 30
    return living.live(seed=1, hours=0.03, folder=folder, advance=lambda *_: None)


def test_a_lamp_soaks_for_minutes(require, tmp_path):
    require("espeak-ng")
    # In a process of its own, as the command has it: beside all that the tests load the lamp would think it leaks.
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        found = process.submit(lived, tmp_path).result()
    assert [round(sample.at_s) for sample in found.samples] == [0, 30, 60, 90]
    assert sum(found.counted.spoken.values()) > 0
    assert sum(found.counted.obeyed.values()) > 0
    assert found.utterances > 0
    assert len({sample.handles for sample in found.samples[1:]}) == 1
    assert len({sample.threads for sample in found.samples[1:]}) == 1


def test_a_lamp_killed_listens_again_and_has_lost_nothing(require, monkeypatch):
    for package in ("pulseaudio", "pulseaudio-utils", "libasound2-plugins", "libportaudio2", "mosquitto"):
        require(package)
    monkeypatch.setattr(houses, "RESTART_S", 0.1)
    monkeypatch.setattr("benchmarks.faults.BEFORE_S", (2.0, 2.0))  # what was said before is on the disk
    monkeypatch.setattr("benchmarks.faults.LASTS_S", (0.0, 0.0))
    seen = Seen()
    with houses.moved_in() as house:
        inject(house, "kill -9", Random(1), seen)
        assert house.lamp.starts == 2
        assert len(house.promises.labels) >= 2
    assert seen.lost == []
    assert len(seen.seconds) == seen.injected == 1


@pytest.mark.parametrize(("seconds", "within"), [(WITHIN_S, "1 of 1"), (WITHIN_S + 0.1, "0 of 1")])
def test_the_table_of_faults_tells_what_was_too_late_and_what_is_lost(seconds, within):
    text = table({"microphone pulled": Seen(1, 0, [seconds], ["the lesson"])})
    assert (
        f"| microphone pulled | 1 | - | {within} | {seconds:.1f} s | {seconds:.1f} s | the lesson |" in text
    )
