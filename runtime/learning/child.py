"""A retraining in a process of its own, which can be made to wait, is bounded in memory, and can be ended any time."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from runtime.environment import without_secrets

NICENESS: Final = 19
"""Everything else goes first."""

MOST_MB: Final = 400.0
"""Memory of its own that a retraining may use."""

LONGEST_S: Final = 3_600.0
"""How long it may take, waiting left out."""

MOST_TOLD: Final = 2_000
"""Bytes, the last, of what it said when it failed."""


def retrain_command(config: Path | None) -> list[str]:
    """The command that retrains with a configuration file; None is the one in the current folder, if there is any."""
    named = [] if config is None else ["--config", str(config)]
    return [sys.executable, "-m", "runtime.cli", "retrain", "--json", *named]


def beyond_bounds(used_mb: float, took_s: float) -> str | None:
    """Why a retraining of this size that has taken so long is to be ended; None while it may go on."""
    if used_mb > MOST_MB:
        return f"it needed {used_mb:.0f} MB, and may use {MOST_MB:.0f}"
    if took_s > LONGEST_S:
        return f"it took more than {LONGEST_S / 60:.0f} minutes"
    return None


class Child:
    """A running process.

    It is alone in its process group, and the group in our session: if we are killed while it is stopped, the kernel
    wakes and ends it (an orphaned group), so that it does not stay for ever.
    """

    def __init__(self, command: Sequence[str], *, told: bool = False) -> None:
        """Start it; `told`: what it writes on standard output is to be read. Raises OSError."""
        self._errors = TemporaryFile()  # noqa: SIM115 - closed by `end`
        one_core = {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if told else subprocess.DEVNULL,
            stderr=self._errors,
            env=without_secrets(os.environ) | one_core,
            process_group=0,
        )
        with contextlib.suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        self.paused = False
        """Whether it has been told to wait."""

    def pause(self) -> None:
        """Make it wait, at once; takes microseconds."""
        self.paused = True
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.paused = False
        self._process.send_signal(signal.SIGCONT)

    def line(self, most: int) -> str:
        """The next line on standard output, of at most so many bytes; empty at the end. Raises OSError."""
        assert self._process.stdout is not None
        return self._process.stdout.readline(most).decode(errors="replace")

    def kill(self) -> None:
        """Have it end at once; nothing is waited for."""
        self._process.kill()

    def wait(self) -> int:
        """Its exit status, once it has ended."""
        return self._process.wait()

    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def memory_mb(self) -> float:
        """Its own memory in MB (10^6 bytes): what is resident and no file; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self._process.pid}/statm").read_text().split()
            pages = int(fields[1]) - int(fields[2])
        except (OSError, IndexError, ValueError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self) -> str:
        """Kill it if it still runs, and let go of it; returns the end of what it said on standard error."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self._errors.closed:
            return ""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - MOST_TOLD))
        told = self._errors.read().decode(errors="replace").strip()
        self._errors.close()
        return told
