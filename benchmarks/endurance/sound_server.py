"""A sound server of our own with one microphone, which hears what is played to it; for benchmarks and tests.

PulseAudio with a null sink: through ALSA, PortAudio sees the sink's monitor as a microphone.
"""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

SINK: Final = "foreglow_test"

_NULL_SINK: Final = (
    # norewinds: an idle null sink otherwise hands over two seconds of sound at a time.
    *("module-null-sink", f"sink_name={SINK}", "rate=48000", "channels=1", "norewinds=1"),
)
_PATIENCE_S: Final = 10.0


class SoundServer:
    """Its every trace is below `home`, whose path must be short: that of a socket has 107 bytes at most."""

    def __init__(self, home: Path) -> None:
        self._home = home
        config = home / "asound.conf"
        config.write_text(f'pcm.default {{ type pulse device "{SINK}.monitor" }}\n', encoding="utf-8")
        self.env: Final = {"ALSA_CONFIG_PATH": str(config), "PULSE_SERVER": f"unix:{home / 'native'}"}
        """What a process needs in its environment to see the microphone as its only, default one."""
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> "subprocess.Popen[bytes]":
        """The process behind it; stop it with a signal and the microphone goes dumb."""
        assert self._server is not None, "it was started"
        return self._server

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError with its log."""
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
        command += ["--disable-shm=yes", "--realtime=no", "--high-priority=no", "--log-target=stderr"]
        command += ["-L", " ".join(_NULL_SINK)]
        command += ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={self._home / 'native'}"]
        own = {name: str(self._home) for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")}
        (self._home / "native").unlink(missing_ok=True)  # of one that was killed
        log = self._home / "log"
        with log.open("wb") as out:
            self._server = subprocess.Popen(command, env=os.environ | own, stderr=out, stdout=out)
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline and self._server.poll() is None:
            if self._pactl("info").returncode == 0:
                return
            time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"pulseaudio did not start: {log.read_text(encoding='utf-8')}")

    def stop(self) -> None:
        """End it in order."""
        self.server.send_signal(signal.SIGCONT)
        self.server.terminate()
        self.server.wait()

    def kill(self) -> None:
        """End it as a crash would."""
        self.server.kill()
        self.server.wait()

    def pull(self) -> None:
        """Take the microphone away, as if its plug were pulled; the server goes on."""
        for module in (line.split()[0] for line in self._list("modules") if "module-null-sink" in line):
            self._pactl("unload-module", module).check_returncode()

    def give_back(self) -> None:
        """Plug it in again, if it is not."""
        if not any("module-null-sink" in line for line in self._list("modules")):
            self._pactl("load-module", *_NULL_SINK).check_returncode()

    def is_held(self) -> bool:
        """Whether anybody records from it."""
        return bool(self._list("source-outputs"))

    def play(self, path: Path) -> None:
        """Play a recording into the microphone; returns when all of it was played."""
        subprocess.run(self._paplay(path), check=True, timeout=60, env=os.environ | self.env)

    def start_playing(self, path: Path) -> "subprocess.Popen[bytes]":
        """Begin to play a recording into the microphone; the caller waits for or ends the process."""
        return subprocess.Popen(self._paplay(path), env=os.environ | self.env)

    def _paplay(self, path: Path) -> list[str]:
        return ["paplay", f"--device={SINK}", str(path)]

    def _list(self, what: str) -> list[str]:
        done = self._pactl("list", "short", what)
        done.check_returncode()
        return done.stdout.splitlines()

    def _pactl(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["pactl", *arguments], env=os.environ | self.env, capture_output=True, text=True, timeout=60
        )
