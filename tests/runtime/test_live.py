"""The daemon as a process, on a real sound device: speech in, light on, a clean end."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import soundfile

from runtime.control import ask
from runtime.journal.journal import Journal
from tests.runtime.mosquitto import Guest, Mosquitto

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.usefixtures("audio_device")

PATIENCE_S = 60.0
"""Seconds after which what has not come never will, on the slowest machine."""


class RunningLamp:
    """`foreglow run --json` and what it says."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runtime.cli", "run", "--json", "--config", str(config)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def until(self, kind: str) -> dict:
        """The next event of a kind."""
        while True:
            line = self.lines.get(timeout=PATIENCE_S)
            assert line is not None, self.process.stderr.read()
            event = json.loads(line)
            if event["event"] == kind:
                return event

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; exit status and standard error."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE_S), self.process.stderr.read()


def command(*arguments) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runtime.cli", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip


@pytest.fixture
def config(tmp_path):
    """A lamp whose light is a program that writes down the state it is given."""
    light = tmp_path / "light.sh"
    light.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/light\n')
    light.chmod(0o755)
    path = tmp_path / "device.yaml"
    path.write_text(f"state_dir: {tmp_path}/state\nlight: {{kind: command, command: [{light}]}}\n")
    return path


@pytest.fixture
def start(config):
    lamps = []

    def start_one() -> RunningLamp:
        lamps.append(RunningLamp(config))
        return lamps[-1]

    yield start_one
    for lamp in lamps:
        lamp.process.kill()
        lamp.process.wait()


def test_speech_switches_the_light_and_sigterm_ends_it(audio_device, start, config, light_on_recording):
    lamp = start()
    ready = lamp.until("ready")
    playing = audio_device.start_playing(light_on_recording)
    decision = lamp.until("decision")
    assert decision["intent"] == "light_on"
    assert lamp.until("light")["on"] is True
    lamp.until("speech_end")
    assert playing.wait(PATIENCE_S) == 0

    asked = command("status", "--json", "--config", config)
    status = json.loads(asked.stdout)
    assert (status["state"], status["light"], status["decisions"]) == ("listening", "on", 1)
    assert status["last_decision"]["text"] == decision["text"]
    assert status["microphone"] == ready["microphone"]
    assert status["pid"] == lamp.process.pid
    assert status["blocks"] > 0
    assert status["memory_mb"] > 0

    code, errors = lamp.end(signal.SIGTERM)
    assert code == 0
    assert errors == f"listening on {ready['microphone']}\n"
    end = lamp.until("end")
    assert end["dropped_blocks"] == 0
    assert end["duration"] > decision["time"]
    assert (config.parent / "light").read_text().split() == ["on"]
    assert command("status", "--config", config).returncode == 1


def test_ctrl_c_ends_it_too_and_a_second_lamp_is_refused(start, config):
    lamp = start()
    lamp.until("ready")
    second = command("run", "--config", config)
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert lamp.end(signal.SIGINT)[0] == 0


def test_a_signal_while_it_is_still_loading_ends_it_too(start, config):
    lamp = start()
    while not (config.parent / "state" / "foreglow.sock").exists():
        assert lamp.process.poll() is None
        os.sched_yield()
    assert lamp.end(signal.SIGTERM) == (0, "")
    assert not (config.parent / "state" / "foreglow.sock").exists()


def test_a_microphone_that_is_not_there_is_named_with_those_that_are(config):
    config.write_text(f"{config.read_text()}capture: {{microphone: no such thing}}\n")
    done = command("run", "--config", config)
    assert done.returncode == 1
    assert "there is no microphone 'no such thing'; there are: " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_switched_back_the_utterance_is_learned_to_mean_nothing(
    audio_device, start, config, light_on_recording
):
    lamp = start()
    lamp.until("ready")
    audio_device.start_playing(light_on_recording).wait(PATIENCE_S)
    decision = lamp.until("decision")
    assert lamp.until("light")["who"] == "lamp"
    answer = ask(config.parent / "state", {"do": "switch", "to": "light_off"})
    assert answer == {"light": "off"}
    light = lamp.until("light")
    assert (light["on"], light["who"]) == (False, "command")
    label = lamp.until("label")
    assert (label["intent"], label["source"], label["text"]) == ("none", "objected", label["text"])
    assert label["text"].startswith(decision["text"].split()[0])

    corrected = ask(
        config.parent / "state", {"do": "correct", "id": label["utterance"], "intent": "light_on"}
    )
    assert (corrected["was"], corrected["intent"]) == ("none", "light_on")
    assert lamp.until("label")["source"] == "corrected"
    code, errors = lamp.end(signal.SIGTERM)
    assert code == 0
    assert len(errors.splitlines()) == 1
    with Journal.open(config.parent / "state") as journal:
        assert [(found.intent, found.source) for found in journal.labels()] == [("light_on", "corrected")]
        assert [event.who for event in journal.light_events()] == ["lamp", "command"]
    assert (config.parent / "light").read_text().split() == ["on", "off"]


def test_kept_sound_is_that_of_the_utterance(audio_device, start, config, light_on_recording):
    config.write_text(f"{config.read_text()}privacy: {{keep_audio: true}}\n")
    lamp = start()
    lamp.until("ready")
    audio_device.start_playing(light_on_recording).wait(PATIENCE_S)
    lamp.until("speech_end")
    assert lamp.end(signal.SIGTERM)[0] == 0
    (clip,) = (config.parent / "state" / "audio").iterdir()
    with Journal.open(config.parent / "state") as journal:
        (utterance,) = journal.utterances()
    assert utterance.audio == clip.name
    assert soundfile.info(clip).duration == pytest.approx(utterance.ended_s - utterance.began_s, abs=0.07)


def test_a_journal_that_cannot_be_used_is_said_and_the_lamp_listens(
    audio_device, start, config, light_on_recording
):
    (config.parent / "state" / "journal.db").mkdir(parents=True)
    lamp = start()
    lamp.until("ready")
    audio_device.start_playing(light_on_recording).wait(PATIENCE_S)
    assert lamp.until("light")["on"] is True
    code, errors = lamp.end(signal.SIGTERM)
    assert code == 0
    assert "The lamp goes on, but keeps and learns nothing." in errors


def test_home_assistant_and_the_command_line_switch_it_and_the_status_tells(start, config, require, tmp_path):
    require("mosquitto")
    broker = Mosquitto(tmp_path)
    broker.start()
    config.write_text(f"{config.read_text()}mqtt: {{host: 127.0.0.1, port: {broker.port}}}\n")
    lamp = start()
    lamp.until("ready")
    with closing(Guest(broker.port)) as home:
        home.until("foreglow/availability", "online")
        home.say("foreglow/light/set", "ON")
        light = lamp.until("light")
        assert (light["on"], light["who"]) == (True, "switch")
        done = command("switch", "toggle", "--config", config)
        assert (done.returncode, done.stdout) == (0, "light off\n"), done.stderr
        assert lamp.until("light")["who"] == "command"
        home.until("foreglow/light/state", "OFF")
        broker.stop()
    status = json.loads(command("status", "--json", "--config", config).stdout)
    assert status["light_device"]["reached"] == "off"
    assert status["mqtt"]["broker"] == f"127.0.0.1:{broker.port}"
    assert command("switch", "on", "--config", config).stdout == "light on\n"
    code, errors = lamp.end(signal.SIGTERM)
    assert code == 0
    assert "broke the connection" in errors
    assert (config.parent / "light").read_text().split() == ["on", "off", "on"]
    assert command("switch", "on", "--config", config).returncode == 1
