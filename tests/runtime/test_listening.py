"""The listening thread's work on a scripted microphone and scripted parts; test_survival.py has the real ones."""

from types import SimpleNamespace

import numpy as np
import pytest

from capture.block import BLOCK_SAMPLES, Block
from capture.no_sound import NoSound
from runtime.anticipator import Anticipator
from runtime.errors import StageError
from runtime.events import Decided, End, Heard, MicrophoneChanged, Ready, SpeechEnded
from runtime.health import Health
from runtime.listening import PULSE_S, Listening
from runtime.live_clock import LiveClock
from runtime.pipeline import Pipeline
from tests.runtime.house import House
from tests.runtime.test_pipeline import ClosedGate, OpenGate, Pulsed
from tests.runtime.test_supervision import Told
from tests.runtime.toy import POLICY, ScriptedModel

BLOCK_S = BLOCK_SAMPLES / 16_000


class Scene:
    """A lamp that hears what a script says."""

    def __init__(self, texts=(), *, gate=OpenGate):
        self.house = House(None)
        self.systemd = Told()
        self.beats = []
        self.scribe = Pulsed(texts)
        self.scribe.begin_afresh = lambda: None
        self.health = Health()
        lamp = SimpleNamespace(
            pipeline=lambda pulse_s: Pipeline(
                gate(), self.scribe, Anticipator(ScriptedModel(), POLICY), pulse_s=pulse_s
            ),
            recogniser=self.scribe,
            service=SimpleNamespace(brain=SimpleNamespace(bundle=SimpleNamespace(version="1")), reading="1"),
        )
        self.microphone = SimpleNamespace(
            device_name="USB", reopenings=0, dropped_blocks=0, overflows=0, sound=lambda: iter(self.sound)
        )
        self.listening = Listening(
            *(self.microphone, lamp, self.house.loop, self.health, LiveClock(lambda: 0.0)),
            tell=self.house.told.append,
            notifier=SimpleNamespace(ready=lambda _: None, status=lambda _: None),
            heart=SimpleNamespace(
                beat=lambda: self.beats.append("beat"), miss=lambda: self.beats.append("miss")
            ),
            chores=lambda: None,
            monotonic=lambda: 0.0,
        )

    def hear(self, *sound):
        """Numbers of blocks, or NoSound; what was told."""
        self.sound = [
            Block(np.zeros(BLOCK_SAMPLES, np.int16), heard * BLOCK_S) if isinstance(heard, int) else heard
            for heard in sound
        ]
        self.listening.run()
        return self.house.told


MUTED = NoSound("muted", None)
AWAY = NoSound("no microphone", "there is none.")


def kinds(told, *which):
    return [type(event) for event in told if isinstance(event, which)]


def test_what_was_being_said_when_it_is_muted_ends_there_and_nothing_is_decided():
    scene = Scene(["turn on"])
    told = scene.hear(0, MUTED, MUTED)
    assert kinds(told, Ready, Heard, Decided, MicrophoneChanged, End) == [
        Ready, Heard, Heard, MicrophoneChanged, End,
    ]  # fmt: skip
    assert scene.house.lamp.states == []


def test_how_the_microphone_is_is_told_once_for_each_change():
    scene = Scene()
    told = scene.hear(
        AWAY, NoSound("no microphone", "it is busy."), 0, 1, MUTED, NoSound("starting", None), 2, AWAY
    )
    assert [event.state for event in told if isinstance(event, MicrophoneChanged)] == [
        "no microphone", "muted", "listening", "no microphone",
    ]  # fmt: skip
    assert kinds(told, Ready) == [Ready]
    assert (scene.health.state, scene.health.microphone_trouble) == ("no microphone", "there is none.")


def test_sound_that_does_not_reach_the_recogniser_does_not_feed_the_watchdog():
    scene = Scene(gate=ClosedGate)
    scene.hear(*range(round(PULSE_S / BLOCK_S) - 2))
    assert scene.beats == []
    scene.hear(*range(round(PULSE_S / BLOCK_S) + 2))
    assert scene.beats == ["beat"]


def test_the_watchdog_is_fed_while_it_is_muted_but_not_while_the_microphone_is_away():
    scene = Scene()
    scene.hear(MUTED, MUTED, AWAY, AWAY)
    assert scene.beats == ["beat", "beat", "miss", "miss"]


class Broken(Exception):  # noqa: N818
    pass


def failing(scene, times):
    """The recogniser fails at every other block, so often."""
    accept, blocks, failures = scene.scribe.accept, iter(range(10_000)), iter(range(times))

    def fail_or_accept(samples, end_s):
        if next(blocks) % 2 and next(failures, None) is not None:
            raise Broken("a mistake")
        return accept(samples, end_s)

    scene.scribe.accept = fail_or_accept


def test_what_fails_is_begun_afresh_and_the_utterance_ends_there(caplog):
    scene = Scene(["turn", "lamp on", "lamp on", "lamp on"])
    failing(scene, 1)
    told = scene.hear(*range(5))
    assert scene.health.pipeline_restarts == 1
    assert [type(event) for event in told[1:6]] == [Heard, Heard, SpeechEnded, Heard, Decided]
    assert told[2].hypothesis.final
    assert scene.house.lamp.states == [True]
    assert caplog.text.count("Traceback") == 1


def test_what_fails_again_and_again_ends_the_lamp():
    scene = Scene(["turn"] * 100)
    failing(scene, 100)
    with pytest.raises(StageError, match=r"failed 3 times within a minute \(Broken: a mistake\)"):
        scene.hear(*range(100))


def test_a_closed_output_is_no_failure_of_the_pipeline():
    scene = Scene(["turn"])

    def full(_event):
        raise BrokenPipeError

    scene.house.loop._tell = full
    with pytest.raises(BrokenPipeError):
        scene.hear(0)
