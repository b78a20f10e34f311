"""`foreglow run` with its page, and what its journal says afterwards."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page

from runtime.journal.reading import read_journal

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60.0


class LampWithPage:
    """`foreglow run` with its page."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.state = folder / "state"
        self.config = folder / "device.yaml"
        self.config.write_text(f"state_dir: {self.state}\npage: {{enabled: true, port: {self.port}}}\n")
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "runtime.cli", "run", "--json", "--config", str(self.config)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout or ():
            if json.loads(line)["event"] == "ready":
                return
        pytest.fail("the lamp did not start")

    def kill(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.communicate()
            self.process = None

    def open(self, tab: Page, path: str = "/") -> None:
        """Once it is served."""
        give_up_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                tab.goto(f"http://127.0.0.1:{self.port}{path}")
                return
            except Error:
                assert time.monotonic() < give_up_s
                time.sleep(0.2)


def labels(state: Path) -> list[tuple[str, str]]:
    with read_journal(state) as reader:
        return [] if reader is None else [(label.intent, label.source) for label in reader.labels()]


def light_events(state: Path) -> list[tuple[bool, str]]:
    with read_journal(state) as reader:
        return [] if reader is None else [(event.on, event.who) for event in reader.light_events()]
