"""The microphone on a real device: PortAudio, ALSA and a sound server's null sink."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from capture import microphone as microphone_module
from capture.block import SAMPLE_RATE, Block
from capture.errors import MicrophoneAway, MicrophoneError, MicrophoneLost
from capture.microphone import InputDevice, Microphone, input_devices, look_again

if TYPE_CHECKING:
    from tests.conftest import AudioDevice, Require

BLOCK_S = 0.032
TONE_HZ = 500


def opened_at(rate_hz: int, patch: pytest.MonkeyPatch) -> Microphone:
    """The default device at another rate than it proposes."""
    devices = [replace(device, rate_hz=rate_hz) for device in input_devices()]
    patch.setattr(microphone_module, "input_devices", lambda: devices)
    return Microphone(None, queue_s=5.0)


def device(index: int, name: str, *, default: bool = False) -> InputDevice:
    return InputDevice(index, name, channels=1, rate_hz=48_000, default=default)


def ends(blocks: Iterator[Block]) -> bool:
    """Whether the iterator ends within what would be a minute of sound."""
    return sum(1 for _ in islice(blocks, 2_000)) < 2_000


def wait_for_drops(microphone: Microphone, count: int) -> None:
    for _ in range(500):
        if microphone.dropped_blocks >= count:
            return
        time.sleep(0.02)
    pytest.fail(f"{microphone.dropped_blocks} blocks were dropped, not {count}")


def run(program: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.usefixtures("audio_device")
def test_devices_that_can_record_are_listed_with_one_default() -> None:
    devices = input_devices()
    assert [found.default for found in devices] == [True]
    assert devices[0].channels >= 1
    assert devices[0].rate_hz >= 8_000


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_what_is_played_is_heard_at_the_right_pitch_on_an_unbroken_clock(
    audio_device: "AudioDevice", monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rate_hz: int
) -> None:
    tone = tmp_path / "tone.wav"
    soundfile.write(tone, 0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(48_000) / 48_000), 48_000)
    with opened_at(rate_hz, monkeypatch) as microphone:
        player = audio_device.start_playing(tone)
        blocks: list[Block] = []
        loud = 0
        for block in islice(microphone.blocks(), 600):
            blocks.append(block)
            loud += np.abs(block.samples.astype(int)).max() > 10_000
            if loud == 25:  # 0.8 s of the tone
                break
        player.wait(timeout=30)
    assert loud == 25
    assert [block.time for block in blocks] == pytest.approx([n * BLOCK_S for n in range(len(blocks))])
    spectrum = np.abs(np.fft.rfft(np.concatenate([block.samples for block in blocks[-20:]])))
    assert np.argmax(spectrum) * SAMPLE_RATE / (20 * 512) == pytest.approx(TONE_HZ, abs=2)
    assert microphone.dropped_blocks == 0


@pytest.mark.usefixtures("audio_device")
def test_a_slow_reader_loses_blocks_but_never_the_time() -> None:
    with Microphone(None, queue_s=0.2) as microphone:
        blocks = microphone.blocks()
        heard = [next(blocks)]
        wait_for_drops(microphone, 10)
        heard += islice(blocks, 30)
        dropped = microphone.dropped_blocks
    gaps_s = [after.time - before.end for before, after in pairwise(heard)]
    assert min(gaps_s) > -1e-9
    # What was cut off before the gap is padded to a block: up to a block less than what was dropped.
    assert 10 * BLOCK_S - BLOCK_S <= sum(gaps_s) <= (dropped + 1) * BLOCK_S


@pytest.mark.usefixtures("audio_device")
def test_close_from_another_thread_ends_the_blocks() -> None:
    with Microphone(None, queue_s=1.0) as microphone:
        blocks = microphone.blocks()
        next(blocks)
        threading.Timer(0.1, microphone.close).start()
        assert ends(blocks)


@pytest.mark.usefixtures("audio_device")
def test_close_from_a_signal_handler_ends_the_blocks() -> None:
    with Microphone(None, queue_s=1.0) as microphone:
        before = signal.signal(signal.SIGALRM, lambda *_: microphone.close())
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            assert ends(microphone.blocks())
        finally:
            signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("audio_device")
def test_close_leaves_what_is_still_queued() -> None:
    with Microphone(None, queue_s=0.1) as microphone:
        next(microphone.blocks())
        wait_for_drops(microphone, 1)
        microphone.close()
        assert list(microphone.blocks()) == []


def test_a_microphone_that_falls_silent_is_lost(
    audio_device: "AudioDevice", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone_module, "STALL_S", 0.5)
    with Microphone(None, queue_s=1.0) as microphone:
        blocks = microphone.blocks()
        next(blocks)
        audio_device.server.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(
                MicrophoneLost, match=f"'{microphone.device_name}' has given no sound for 0.5 s"
            ):
                ends(blocks)
        finally:
            audio_device.server.send_signal(signal.SIGCONT)


@pytest.mark.usefixtures("audio_device")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_mistake_in_the_callback_loses_the_microphone_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Microphone, "_hear", fail)
    with Microphone(None, queue_s=1.0) as microphone, pytest.raises(MicrophoneLost, match="has stopped"):
        ends(microphone.blocks())


def test_a_device_that_is_pulled_is_lost_at_once_and_found_when_it_is_back(
    audio_device: "AudioDevice",
) -> None:
    try:
        with Microphone(None, queue_s=1.0) as microphone:
            blocks = microphone.blocks()
            next(blocks)
            audio_device.pull()
            with pytest.raises(MicrophoneLost, match="has stopped"):
                ends(blocks)
        look_again()
        with pytest.raises(MicrophoneAway), Microphone(None, queue_s=1.0):
            pass
    finally:
        audio_device.give_back()
    look_again()
    with Microphone(None, queue_s=1.0) as microphone:
        next(microphone.blocks())


@pytest.mark.usefixtures("audio_device")
def test_sound_the_device_lost_is_counted() -> None:
    import sounddevice

    microphone = Microphone(None, queue_s=1.0)
    silence = np.zeros((512, 1), np.int16)
    for flags in (0, 2, 2):  # 2 is PortAudio's paInputOverflow
        microphone._hear(silence, 512, None, sounddevice.CallbackFlags(flags))
    assert microphone.overflows == 2
    assert microphone.dropped_blocks == 0


@pytest.mark.usefixtures("audio_device")
def test_an_unknown_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(
        MicrophoneError, match=f"no microphone 'kitchen'; there are: '{input_devices()[0].name}'"
    ):
        Microphone("kitchen", queue_s=1.0)


@pytest.mark.usefixtures("audio_device")
def test_a_device_that_cannot_be_opened_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    microphone = opened_at(10_000_000, monkeypatch)
    with pytest.raises(MicrophoneError, match=r"cannot be opened \(.*sample rate"), microphone:
        pass


@pytest.mark.usefixtures("audio_device")
def test_a_device_gone_before_it_is_opened_is_told_by_us_alone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    microphone = Microphone(None, queue_s=1.0)
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    with pytest.raises(MicrophoneError, match="cannot be opened"), microphone:
        pass
    assert capfd.readouterr().err == ""


def test_a_name_is_found_by_its_whole_or_by_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [device(0, "USB"), device(3, "USB Audio: hw:1,0"), device(5, "Webcam: hw:2,0", default=True)]
    monkeypatch.setattr(microphone_module, "input_devices", lambda: devices)
    found = {name: Microphone(name, 1.0).device_name for name in ("USB", "usb audio", "webcam", None)}
    assert found == {
        "USB": devices[0].name,
        "usb audio": devices[1].name,
        "webcam": devices[2].name,
        None: devices[2].name,
    }
    with pytest.raises(
        MicrophoneError, match=r"'hw' could be any of .*'USB Audio: hw:1,0', 'Webcam: hw:2,0'"
    ):
        Microphone("hw", 1.0)


def test_without_a_default_the_first_device_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone_module, "input_devices", lambda: [device(2, "USB"), device(4, "Webcam")])
    assert Microphone(None, 1.0).device_name == "USB"


def test_a_machine_without_a_microphone_is_told_so(require: "Require", no_audio_env: dict[str, str]) -> None:
    require("libportaudio2")
    program = (
        "from capture.microphone import Microphone, MicrophoneError, input_devices\n"
        "assert input_devices() == []\n"
        "try: Microphone(None, 1.0)\n"
        "except MicrophoneError as error: print(error)"
    )
    told = run(program, no_audio_env)
    assert told.stdout.startswith("there is no microphone. Plug one in")
    assert told.stderr == ""


def test_a_missing_portaudio_names_the_package_to_install() -> None:
    program = (
        "import ctypes.util; ctypes.util.find_library = lambda name: None\n"
        "from capture.microphone import MicrophoneError, input_devices\n"
        "try: input_devices()\n"
        "except MicrophoneError as error: print(error)"
    )
    assert "libportaudio2" in run(program, dict(os.environ)).stdout
