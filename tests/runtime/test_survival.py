"""The daemon as a process, when its microphone is pulled, muted, or a part of it fails."""

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.control import ask
from tests.conftest import AudioDevice
from tests.runtime.running_lamp import PATIENCE_S, RunningLamp, command

Start = Callable[..., RunningLamp]

WATCHDOG_S = 2


@pytest.fixture
def device(audio_device: AudioDevice) -> Iterator[AudioDevice]:
    """The microphone, in its place again when the test is over."""
    yield audio_device
    audio_device.give_back()


class Supervisor:
    """systemd's end of $NOTIFY_SOCKET."""

    def __init__(self, folder: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(folder / "n"))
        self.env = {"NOTIFY_SOCKET": str(folder / "n"), "WATCHDOG_USEC": str(WATCHDOG_S * 1_000_000)}

    def until(self, line: str) -> None:
        """Read until this line comes."""
        self.socket.settimeout(PATIENCE_S)
        while line not in self.socket.recv(4096).decode().splitlines():
            pass


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path)
    yield supervisor
    supervisor.socket.close()


def status_of(config: Path) -> dict:
    return ask(config.parent / "state", {"do": "status"})


def obeys(lamp: RunningLamp, device: AudioDevice, recording: Path) -> None:
    """Somebody asks for light, and gets it."""
    device.start_playing(recording)
    decision = lamp.until("decision")
    assert decision["intent"] == "light_on", decision
    assert lamp.until("light", who="lamp")["on"] is True
    lamp.until("speech_end")


def test_a_microphone_that_is_missing_or_pulled_is_heard_when_it_is_there_again(
    device: AudioDevice, start: Start, config: Path, light_on_recording: Path, supervisor: Supervisor
) -> None:
    device.pull()
    lamp = start(supervisor.env)
    supervisor.until("READY=1")
    missing = lamp.until("microphone")
    assert (missing["state"], status_of(config)["state"]) == ("no microphone", "no microphone")
    assert ask(config.parent / "state", {"do": "switch", "to": "light_on"}) == {"light": "on"}
    assert lamp.until("light")["who"] == "command"
    device.give_back()
    lamp.until("ready")
    supervisor.until(f"WATCHDOG_USEC={WATCHDOG_S * 1_000_000}")  # in silence, too
    obeys(lamp, device, light_on_recording)

    device.pull()
    away = lamp.until("microphone")
    assert away["state"] == "no microphone"
    supervisor.until("WATCHDOG_USEC=600000000")
    status = status_of(config)
    assert status["state"] == "no microphone"
    assert status["microphone_trouble"]

    device.give_back()
    back = lamp.until("microphone", state="listening")
    assert back["time"] > away["time"] > missing["time"]
    obeys(lamp, device, light_on_recording)
    status = status_of(config)
    assert (status["state"], status["reopenings"], status["microphone_trouble"]) == ("listening", 1, None)
    supervisor.until(f"WATCHDOG_USEC={WATCHDOG_S * 1_000_000}")
    assert 0 <= status["since_sound_s"] < PATIENCE_S
    assert all(status["threads"].values())
    assert {"light", "journal", "control 1", "control 4"} <= status["threads"].keys()

    code, errors = lamp.end(signal.SIGTERM)
    assert code == 0
    supervisor.until("STOPPING=1")
    assert errors.count("no microphone: ") == errors.count("listening on ") == 2
    assert "Traceback" not in errors


def test_while_it_waits_for_a_microphone_a_signal_ends_it_at_once(start: Start, config: Path) -> None:
    config.write_text(f"{config.read_text()}capture: {{microphone: no such thing}}\n")
    lamp = start()
    waiting = lamp.until("microphone")
    assert "there is no microphone 'no such thing'; there are: " in waiting["trouble"]
    code, errors = lamp.end(signal.SIGINT)
    assert code == 0
    assert len(errors.splitlines()) == 1


def test_a_sound_server_that_hangs_is_noticed_and_does_not_hold_up_the_end(
    device: AudioDevice, start: Start, config: Path
) -> None:
    lamp = start()
    lamp.until("ready")
    device.server.send_signal(signal.SIGSTOP)
    try:
        assert "has given no sound for" in lamp.until("microphone")["trouble"]
        assert ask(config.parent / "state", {"do": "switch", "to": "light_on"}) == {"light": "on"}
        code, _ = lamp.end(signal.SIGTERM)
    finally:
        device.server.send_signal(signal.SIGCONT)
    assert code == 0


def test_muted_it_lets_go_of_the_device_until_it_is_unmuted_also_over_a_power_cut(
    device: AudioDevice, start: Start, config: Path, light_on_recording: Path
) -> None:
    lamp = start()
    lamp.until("ready")
    assert device.is_held()
    playing = device.start_playing(light_on_recording)
    lamp.until("heard")  # in the middle of the utterance
    muted = command("mute", "--config", config)
    assert (muted.returncode, muted.stdout) == (0, "muted: the microphone is closed\n"), muted.stderr
    assert not device.is_held()
    assert lamp.until("microphone")["state"] == "muted"
    playing.wait(PATIENCE_S)
    device.play(light_on_recording)
    assert status_of(config)["state"] == "muted"
    lamp.process.kill()
    while (line := lamp.lines.get(timeout=PATIENCE_S)) is not None:
        assert json.loads(line)["event"] not in ("decision", "heard")

    lamp = start()
    assert lamp.until("microphone")["state"] == "muted"
    assert not device.is_held()
    unmuted = command("unmute", "--json", "--config", config)
    answer = {"muted": False, "microphone": "listening", "trouble": None, "warning": None}
    assert json.loads(unmuted.stdout) == answer
    obeys(lamp, device, light_on_recording)
    assert lamp.end(signal.SIGTERM)[0] == 0


@pytest.mark.usefixtures("device")
def test_a_thread_that_fails_ends_the_lamp_with_a_sentence(start: Start) -> None:
    lamp = start(
        mischief="""
import time
from runtime.journal.writer import JournalWriter
def fail(self):
    time.sleep(1)
    raise RuntimeError("a mistake")
JournalWriter._write_in_time = fail
"""
    )
    assert lamp.process.wait(PATIENCE_S) == 1
    told = [line for line in lamp.process.stderr.read().splitlines() if line.startswith("foreglow: ")]
    assert told == [
        "foreglow: the thread 'journal' failed (RuntimeError: a mistake), and the lamp ends; the log says where."
    ]


def test_a_pipeline_that_fails_is_begun_afresh_and_obeys(
    device: AudioDevice, start: Start, config: Path, light_on_recording: Path
) -> None:
    failed = config.parent / "failed"
    lamp = start(
        mischief=f"""
import pathlib
from transcribe.recogniser import Recogniser
accept = Recogniser.accept
def failing(self, samples, end_s):
    if end_s and self._heard and not pathlib.Path("{failed}").exists():
        pathlib.Path("{failed}").touch()
        raise RuntimeError("a mistake")
    return accept(self, samples, end_s)
Recogniser.accept = failing
"""
    )
    lamp.until("ready")
    device.play(light_on_recording)
    lamp.until("heard", final=True)  # as far as it was heard
    lamp.until("speech_end")
    assert failed.exists()
    time.sleep(1.5)  # of silence on the audio clock, or both would be one utterance
    obeys(lamp, device, light_on_recording)
    assert status_of(config)["pipeline_restarts"] == 1
    code, errors = lamp.end(signal.SIGTERM)
    assert code == 0
    assert errors.count("failed and is begun afresh. [RuntimeError: a mistake]") == 1
