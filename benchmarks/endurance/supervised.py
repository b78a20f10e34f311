"""`foreglow run` with a supervisor that starts it again whenever it ends, as systemd would."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

RESTART_S: Final = 2.0
"""Seconds between an end and the next start: RestartSec of our unit."""

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Told:
    """A line of `foreglow run --json`."""

    at_s: float
    """When it was read, in steady seconds."""

    pid: int
    """Of the process that told it."""

    event: dict[str, Any]
    """What it says."""


class Supervised:
    """The lamp; used in a `with` block."""

    def __init__(self, config: Path, env: Mapping[str, str], log: Path, restart_s: float) -> None:
        """`log`: takes its standard error. `restart_s`: seconds between an end and the next start."""
        self._config = config
        self._env = os.environ | dict(env)
        self._log = log
        self._restart_s = restart_s
        self._may_start = threading.Lock()
        self._over = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self.told: list[Told] = []
        """Everything it told, over all its lives; only added to."""
        self.starts = 0
        """How often it was started."""
        self.statuses: list[int] = []
        """The exit status of each life."""
        self._thread = threading.Thread(target=self._supervise, daemon=True)

    def __enter__(self) -> "Supervised":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(20)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join()

    @property
    def pid(self) -> int:
        """Of the process that lives, or lived last."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill it; it starts again when the block is over."""
        with self._may_start:
            self.kill()
            assert self._process is not None
            self._process.wait()
            yield

    def told_since(self, at_s: float, kind: str) -> list[Told]:
        """What it told of a kind of event since then."""
        return [each for each in self.told if each.at_s >= at_s and each.event["event"] == kind]

    def until(self, at_s: float, kind: str, patience_s: float) -> Told | None:
        """The first of a kind since then; None when it does not come in so many seconds from now."""
        deadline = time.monotonic() + patience_s
        while True:
            found = self.told_since(at_s, kind)
            if found or time.monotonic() > deadline:
                return found[0] if found else None
            time.sleep(0.02)

    def _supervise(self) -> None:
        command = [sys.executable, "-m", "runtime.cli", "run", "--json", "--config", str(self._config)]
        while not self._over.is_set():
            with self._may_start, self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    command, cwd=ROOT, env=self._env, stdout=subprocess.PIPE, stderr=log, text=True
                )
                self.starts += 1
            assert self._process.stdout is not None
            for line in self._process.stdout:
                with contextlib.suppress(ValueError):  # cut off by a kill
                    self.told.append(Told(time.monotonic(), self._process.pid, json.loads(line)))
            self.statuses.append(self._process.wait())
            self._process.stdout.close()
            self._over.wait(self._restart_s)
