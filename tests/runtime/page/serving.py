"""The page served for real, in a thread, and who looks at it."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.config import Config
from runtime.page.server import make_server

PATIENCE_S = 30.0


def config_of(state: Path, address: str = "127.0.0.1") -> Config:
    return Config.model_validate({"state_dir": str(state), "page": {"address": address}})


@contextmanager
def served(config: Config) -> Iterator[int]:
    """Its port, chosen by the system; ended in order, and soon."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = make_server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def soon(true: Callable[[], bool]) -> bool:
    """Whether it becomes true before patience ends."""
    waiting = threading.Event()
    return any(true() or waiting.wait(0.02) for _ in range(int(PATIENCE_S / 0.02)))


class Looker:
    """A browser that follows what is heard."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        headers = {"Cookie": f"foreglow={cookie}"} if cookie else {}
        self._connection.request("GET", "/events", headers=headers)
        self.answer = self._connection.getresponse()

    def events(self) -> Iterator[dict]:
        """What comes, until it ends."""
        while line := self.answer.readline():
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))

    def until(self, kind: str) -> dict:
        """The next event of a kind."""
        return next(event for event in self.events() if event["event"] == kind)

    def close(self) -> None:
        self.answer.close()
        self._connection.close()
