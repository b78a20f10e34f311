"""Real sound for the tests: a private sound server with a microphone, and a voice to speak into it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

Require = Callable[[str], None]
Speak = Callable[..., Path]

_SINK = "foreglow_test"

# norewinds: an idle null sink otherwise hands over two seconds of sound at a time.
_SINK_MODULE = f"module-null-sink sink_name={_SINK} rate=48000 channels=1 norewinds=1"

_SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
"""Debian keeps servers where not every user looks."""


def _alsa_pulse_plugin() -> bool:
    folders = [*Path("/usr/lib").glob("*/alsa-lib"), Path("/usr/lib/alsa-lib"), Path("/usr/lib64/alsa-lib")]
    return any((folder / "libasound_module_pcm_pulse.so").exists() for folder in folders)


_PRESENT: dict[str, Callable[[], bool]] = {
    "espeak-ng": lambda: shutil.which("espeak-ng") is not None,
    "libasound2-plugins": _alsa_pulse_plugin,
    "libportaudio2": lambda: find_library("portaudio") is not None,
    "mosquitto": lambda: shutil.which("mosquitto", path=_SYSTEM_PATH) is not None,
    "openssl": lambda: shutil.which("openssl") is not None,
    "pulseaudio": lambda: shutil.which("pulseaudio") is not None,
    "pulseaudio-utils": lambda: shutil.which("pactl") is not None and shutil.which("paplay") is not None,
    "systemd": lambda: shutil.which("systemd-analyze") is not None,
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


@dataclass(frozen=True)
class AudioDevice:
    """A microphone that hears what is played to it."""

    env: dict[str, str]
    """What a process needs in its environment to see the device as its only, default microphone. This
    process has it already."""

    server: subprocess.Popen[bytes]
    """The sound server behind it; stop it with a signal and the microphone goes dumb."""

    def play(self, path: Path) -> None:
        """Play a recording into the microphone; returns when all of it was played."""
        subprocess.run(["paplay", f"--device={_SINK}", str(path)], check=True, timeout=60, env=self._env())

    def start_playing(self, path: Path) -> subprocess.Popen[bytes]:
        """Begin to play a recording into the microphone; the caller waits for or ends the process."""
        return subprocess.Popen(["paplay", f"--device={_SINK}", str(path)], env=self._env())

    def pull(self) -> None:
        """Take the microphone away, as if its plug were pulled."""
        modules = self._pactl("list", "short", "modules").splitlines()
        for module in (line.split()[0] for line in modules if "module-null-sink" in line):
            self._pactl("unload-module", module)

    def give_back(self) -> None:
        """Plug it in again, if it is not."""
        if "module-null-sink" not in self._pactl("list", "short", "modules"):
            self._pactl("load-module", *_SINK_MODULE.split())

    def is_held(self) -> bool:
        """Whether anybody records from it."""
        return bool(self._pactl("list", "short", "source-outputs").strip())

    def _pactl(self, *arguments: str) -> str:
        done = subprocess.run(
            ["pactl", *arguments], check=True, timeout=60, env=self._env(), capture_output=True, text=True
        )
        return done.stdout

    def _env(self) -> dict[str, str]:
        return os.environ | self.env


@pytest.fixture(scope="session")
def audio_device(require: Require) -> Iterator[AudioDevice]:
    """A private sound server with a null sink; through ALSA, PortAudio sees its monitor as a microphone."""
    for package in ("pulseaudio", "pulseaudio-utils", "libasound2-plugins", "libportaudio2"):
        require(package)
    # Not under pytest's own folder: the path of a socket may be no longer than 107 bytes.
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder, pytest.MonkeyPatch.context() as patch:
        home = Path(folder)
        config = home / "asound.conf"
        config.write_text(f'pcm.default {{ type pulse device "{_SINK}.monitor" }}\n')
        env = {"ALSA_CONFIG_PATH": str(config), "PULSE_SERVER": f"unix:{home / 'native'}"}
        with _pulseaudio(home, env) as server:
            for key, value in env.items():
                patch.setenv(key, value)
            _rescan()
            yield AudioDevice(env, server)
            server.send_signal(signal.SIGCONT)
            server.terminate()


def _pulseaudio(home: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """A sound server that answers, and whose every trace is below `home`."""
    command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
    command += ["--disable-shm=yes", "--realtime=no", "--high-priority=no", "--log-target=stderr"]
    command += ["-L", _SINK_MODULE]
    command += ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={home / 'native'}"]
    own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "XDG_CONFIG_HOME": str(home)}
    log = home / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=os.environ | own, stderr=out, stdout=out)
    for _ in range(100):
        if subprocess.run(["pactl", "info"], env=os.environ | env, capture_output=True).returncode == 0:
            return server
        if server.poll() is not None:
            break
        time.sleep(0.1)
    server.kill()
    server.wait()
    pytest.fail(f"pulseaudio did not start: {log.read_text()}")


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
