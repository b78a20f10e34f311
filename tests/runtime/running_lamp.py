"""`foreglow run` as a process, for the tests that need the real one."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

PATIENCE_S = 60.0
"""Seconds after which what has not come never will, on the slowest machine."""


class RunningLamp:
    """`foreglow run --json` and what it says."""

    def __init__(self, config: Path, env: dict[str, str] | None = None, mischief: str = "") -> None:
        """`env` is added to the environment; `mischief` is Python code that runs before the lamp does."""
        self.config = config
        program = f"import sys\n{mischief}\nfrom runtime.cli import main\nsys.exit(main())"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "run", "--json", "--config", str(config)],
            cwd=ROOT, env=os.environ | (env or {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def until(self, kind: str, **values: object) -> dict:
        """The next event of a kind that has these values."""
        while True:
            line = self.lines.get(timeout=PATIENCE_S)
            assert line is not None, self.process.stderr.read()
            event = json.loads(line)
            if event["event"] == kind and event.items() >= values.items():
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
