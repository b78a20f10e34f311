"""Real sound for the tests: a private sound server with a microphone, and a voice to speak into it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.endurance.sound_server import SoundServer as AudioDevice

Require = Callable[[str], None]
Speak = Callable[..., Path]

_SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
"""Debian keeps servers where not every user looks."""


def _alsa_pulse_plugin() -> bool:
    folders = [*Path("/usr/lib").glob("*/alsa-lib"), Path("/usr/lib/alsa-lib"), Path("/usr/lib64/alsa-lib")]
    return any((folder / "libasound_module_pcm_pulse.so").exists() for folder in folders)


_PRESENT: dict[str, Callable[[], bool]] = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "espeak-ng": lambda: shutil.which("espeak-ng") is not None,
    "libasound2-plugins": _alsa_pulse_plugin,
    "libportaudio2": lambda: find_library("portaudio") is not None,
    "mosquitto": lambda: shutil.which("mosquitto", path=_SYSTEM_PATH) is not None,
    "openssl": lambda: shutil.which("openssl") is not None,
    "strace": lambda: shutil.which("strace") is not None,
    "pulseaudio": lambda: shutil.which("pulseaudio") is not None,
    "pulseaudio-utils": lambda: shutil.which("pactl") is not None and shutil.which("paplay") is not None,
    "systemd": lambda: shutil.which("systemd-analyze") is not None,
    "util-linux": lambda: shutil.which("unshare") is not None,
}


def cannot_run(reason: str) -> None:
    """Skip the test because this machine lacks something; under CI=true, where nothing may be lacking, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def require() -> Require:
    """`require("espeak-ng")`: skip the test when that Debian package is missing; under CI=true fail it."""

    def check(package: str) -> None:
        if not _PRESENT[package]():
            cannot_run(f"the system package {package} is not installed")

    return check


@pytest.fixture(scope="session")
def audio_device(require: Require) -> Iterator[AudioDevice]:
    """A private sound server whose microphone is the only one, for this process too."""
    for package in ("pulseaudio", "pulseaudio-utils", "libasound2-plugins", "libportaudio2"):
        require(package)
    # Not under pytest's own folder: the path of a socket may be no longer than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder, pytest.MonkeyPatch.context() as patch:
        server = AudioDevice(Path(folder))
        server.start()
        for key, value in server.env.items():
            patch.setenv(key, value)
        _rescan()
        yield server
        server.stop()


def _rescan() -> None:
    # PortAudio looks for devices once, when loaded; another test may have loaded it before.
    import sounddevice

    sounddevice._terminate()
    sounddevice._initialize()


@pytest.fixture
def no_audio_env(tmp_path: Path) -> dict[str, str]:
    """A whole environment in which a process finds no microphone, whatever this machine has."""
    config = tmp_path / "no-sound.conf"
    # It names a device that is not there: ALSA ends the process when nothing at all is named.
    config.write_text("pcm.default { type pulse }\n")
    return os.environ | {"ALSA_CONFIG_PATH": str(config), "PULSE_SERVER": "unix:/nonexistent"}


@pytest.fixture
def speech(require: Require, tmp_path: Path) -> Speak:
    """`speech("turn on the light", before_s=1.0, after_s=2.0)`: a wav of that, in silence."""
    require("espeak-ng")

    def speak(text: str, before_s: float = 0.0, after_s: float = 0.0) -> Path:
        path = tmp_path / f"{text.replace(' ', '_')}.wav"
        subprocess.run(["espeak-ng", "-w", str(path), text], check=True, timeout=60)
        sound, rate_hz = soundfile.read(path, dtype="int16")
        quiet = [np.zeros(round(seconds * rate_hz), np.int16) for seconds in (before_s, after_s)]
        soundfile.write(path, np.concatenate([quiet[0], sound, quiet[1]]), rate_hz)
        return path

    return speak
