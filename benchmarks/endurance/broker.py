"""A real MQTT broker of our own, for benchmarks and tests."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 20.0
"""Seconds after which what has not come never will."""

ENV: Final = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin"}
"""Debian keeps servers where not every user looks."""


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Mosquitto:
    """The broker; it keeps nothing over a restart."""

    def __init__(self, folder: Path, *lines: str, accounts: dict[str, str] | None = None) -> None:
        """`lines`: of its configuration. `accounts`: user to password; without any, everybody may come."""
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        content = [f"listener {self.port} 127.0.0.1", "user root", "persistence false", *lines]
        if accounts:
            passwords = folder / "passwords"
            passwords.write_text("".join(f"{user}:{word}\n" for user, word in accounts.items()))
            subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, env=ENV)
            content += ["allow_anonymous false", f"password_file {passwords}"]
        else:
            content += ["allow_anonymous true"]
        self._config.write_text("\n".join(content) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens. Raises RuntimeError with its log."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["mosquitto", "-c", str(self._config)], stdout=log, stderr=log, env=ENV
            )
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1.0).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError(f"mosquitto did not start: {self._log.read_text()}")

    def stop(self) -> None:
        """Kill it, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hold its connections and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
