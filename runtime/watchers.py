"""Telling other programs what is heard, as it is heard: `{"do": "watch"}` to the socket, then a JSON object a line.

    {"event": "watching"}                                        at once
    {"event": "heard", "text": ..., "trace": [[p, p, p], ...]}   as runtime/events.py writes it, with what each
                                                                 word left likely (light_on, light_off, none)
    {"event": "alive"}                                           when nothing happens for a while

Listening never waits for a watcher: each has a bounded queue and a thread of its own, and one that does not keep up
is let go.
"""

import contextlib
import json
import logging
import queue
import socket
import threading
from typing import Final

from runtime.errors import ControlError
from runtime.events import Event, Heard, event_json

_log = logging.getLogger(__name__)

MOST: Final = 4
"""Watchers at once; the page is one of them, however many people look at it."""

WAITING: Final = 256
"""Events that may wait for one watcher: half a minute of fast talk."""

ALIVE_S: Final = 5.0
"""Seconds without an event after which one is told that the lamp is alive."""

_SEND_S: Final = 5.0
"""For a watcher to take a line."""


class Watchers:
    """All who watch. Safe to use from several threads."""

    def __init__(self, alive_s: float = ALIVE_S) -> None:
        self._alive_s = alive_s
        self._changing = threading.Lock()
        self._watching: tuple[_Watcher, ...] = ()
        self._closed = False

    def take(self, client: socket.socket) -> None:
        """Tell this client from now on, over a copy of its connection. Raises ControlError if too many watch."""
        with self._changing:
            watching = tuple(watcher for watcher in self._watching if watcher.alive)
            if self._closed or len(watching) >= MOST:
                raise ControlError(f"{MOST} programs are watching this lamp already; end one of them.")
            watcher = _Watcher(client.dup(), self._alive_s)
            self._watching = (*watching, watcher)
            watcher.begin()  # only now: who is told that it watches misses nothing any more

    def tell(self, event: Event) -> None:
        """Tell every watcher. Returns at once."""
        for watcher in self._watching:
            watcher.tell(event)

    def close(self) -> None:
        """Let all of them go; nobody is taken any more."""
        with self._changing:
            self._closed = True
            for watcher in self._watching:
                watcher.let_go()
            for watcher in self._watching:
                watcher.join()
            self._watching = ()


class _Watcher:
    """One connection."""

    def __init__(self, client: socket.socket, alive_s: float) -> None:
        self._client = client
        self._alive_s = alive_s
        self._events: queue.Queue[Event | None] = queue.Queue(WAITING)  # None wakes, and says nothing
        self._thread = threading.Thread(target=self._work, name="watcher", daemon=True)
        self.begin = self._thread.start
        self.join = self._thread.join

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def tell(self, event: Event) -> None:
        try:
            self._events.put_nowait(event)
        except queue.Full:
            self.let_go()

    def let_go(self) -> None:
        """End the connection; its thread then ends too."""
        with contextlib.suppress(OSError):  # it is gone already
            self._client.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(queue.Full):
            self._events.put_nowait(None)  # else it would see that only at its next line

    def _work(self) -> None:
        with self._client:
            try:
                self._follow()
            except OSError:
                pass  # it has gone, or was let go
            except Exception:  # noqa: BLE001 - a mistake of ours must not end the lamp
                _log.exception("a watcher failed, and was let go")

    def _follow(self) -> None:
        self._client.settimeout(_SEND_S)
        self._send({"event": "watching"})
        while True:
            try:
                event = self._events.get(timeout=self._alive_s)
            except queue.Empty:
                event = None
            self._send({"event": "alive"} if event is None else watched_json(event))

    def _send(self, line: dict[str, object]) -> None:
        self._client.sendall(json.dumps(line).encode() + b"\n")


def watched_json(event: Event) -> dict[str, object]:
    """The event as one JSON object: `event_json` and, of words, what each of them left likely."""
    line = event_json(event)
    if isinstance(event, Heard):
        line["trace"] = [[round(float(p), 4) for p in triple] for triple in event.trace]
    return line
