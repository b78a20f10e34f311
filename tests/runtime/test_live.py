"""The daemon as a process, on a real sound device: speech in, light on, a clean end."""

import json
import os
import signal
from contextlib import closing

import pytest
import soundfile

from runtime.control import ask
from runtime.journal.journal import Journal
from tests.runtime.mosquitto import Guest, Mosquitto
from tests.runtime.running_lamp import PATIENCE_S, command

pytestmark = pytest.mark.usefixtures("audio_device")


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
    latency = status["latency"]
    assert (latency["decisions"], latency["before_final"], latency["unmatched"], latency["unlit"]) == (
        1, 1, 0, 0,
    )  # fmt: skip
    parts = [latency[part]["p95"] for part in ("wait", "decode", "model", "light")]
    assert min(parts) >= 0
    assert min(latency["wait"]["p95"], latency["decode"]["p95"], latency["light"]["p95"]) > 0
    assert sum(parts) == pytest.approx(latency["whole"]["p95"], abs=0.001)
    assert latency["whole"]["p95"] < PATIENCE_S

    code, errors = lamp.end(signal.SIGTERM)
    assert code == 0
    assert errors == f"listening on {ready['microphone']}\n"
    end = lamp.until("end")
    assert end["dropped_blocks"] == 0
    assert end["duration"] > decision["time"]
    assert end["latency"] == latency
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
        # An act is written with its utterance, and on a busy machine the audio clock says the same for both.
        events = sorted(journal.light_events(), key=lambda event: event.wall_time)
        assert [event.who for event in events] == ["lamp", "command"]
        assert all(utterance.ended is not None for utterance in journal.utterances())
        (day,) = journal.days("")
        assert day.memory_mb is not None
        assert day.memory_mb > 50
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


def test_home_assistant_and_the_command_line_switch_and_mute_it_and_the_status_tells(
    audio_device, start, config, require, tmp_path
):
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
        home.say("foreglow/mute/set", "ON")
        assert lamp.until("microphone")["state"] == "muted"
        home.until("foreglow/mute/state", "ON")
        assert not audio_device.is_held()
        assert command("unmute", "--config", config).stdout == "unmuted: listening\n"
        home.until("foreglow/mute/state", "OFF")
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
