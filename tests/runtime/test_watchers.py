"""Watching a lamp: events as they come, and never at the cost of listening."""

import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.control import ask, socket_path
from runtime.control_server import CLIENTS, ControlServer
from runtime.errors import ControlError
from runtime.events import Heard, Switched
from runtime.watchers import MOST, WAITING, Watchers
from transcribe.hypothesis import Hypothesis

PATIENCE_S = 20.0


@pytest.fixture
def state() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder:
        yield Path(folder)


@contextmanager
def served(state: Path, **settings: float) -> Iterator[Watchers]:
    watchers = Watchers(**{"alive_s": PATIENCE_S, **settings})
    with ControlServer(state, {"status": lambda _: {}}, {"watch": watchers.take}):
        yield watchers
        watchers.close()


@contextmanager
def watching(state: Path) -> Iterator[Iterator[dict]]:
    """The lines that a watcher reads, after the first."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE_S)
        client.connect(str(socket_path(state)))
        client.sendall(b'{"do": "watch"}\n')
        with client.makefile() as stream:
            lines = map(json.loads, stream)
            assert next(lines) == {"event": "watching"}
            yield lines


def heard(text: str, *trace: tuple[float, float, float]) -> Heard:
    return Heard(1.0, Hypothesis(tuple(text.split()), False, 0.0, 1.0), trace[-1] if trace else None, trace)


def test_every_watcher_is_told_what_each_word_left_likely(state):
    with served(state) as watchers, watching(state) as one, watching(state) as other:
        watchers.tell(heard("some light", (0.1, 0.2, 0.7), (0.6, 0.1, 0.3)))
        watchers.tell(Switched(1.5, True, "page"))
        for lines in (one, other):
            line = next(lines)
            assert (line["event"], line["text"]) == ("heard", "some light")
            assert line["trace"] == [[0.1, 0.2, 0.7], [0.6, 0.1, 0.3]]
            assert next(lines) == {"event": "light", "time": 1.5, "on": True, "who": "page"}


def test_it_says_that_it_is_alive_when_nothing_happens(state):
    with served(state, alive_s=0.05), watching(state) as lines:
        assert next(lines) == {"event": "alive"}


def test_watchers_leave_the_control_threads_free_and_are_limited(state):
    assert MOST >= CLIENTS
    with served(state) as watchers:
        several = [watching(state) for _ in range(MOST)]
        for each in several:
            each.__enter__()
        assert ask(state, {"do": "status"}, 5.0) == {}
        with pytest.raises(ControlError, match="are watching this lamp already"):
            ask(state, {"do": "watch"})
        several[0].__exit__(None, None, None)
        for _ in range(3):  # the system takes a line or two for one that has gone
            watchers.tell(Switched(1.0, True))
        assert _soon(lambda: any(not each.alive for each in watchers._watching))
        with watching(state):
            pass
        for each in several[1:]:
            each.__exit__(None, None, None)


def test_one_that_does_not_keep_up_is_let_go_and_nobody_waits_for_it(state):
    with served(state) as watchers, watching(state) as lines, watching(state) as slow:
        words = heard("light " * 2000)
        first = next(iter(watchers._watching))
        reader = threading.Thread(target=lambda: [next(lines) for _ in range(10 * WAITING)])
        reader.start()
        for _ in range(10):
            for _ in range(WAITING):
                watchers.tell(words)
            assert _soon(first._events.empty)  # the one that reads has taken all
        reader.join()
        assert first.alive
        assert len([line for line in slow if line["event"] == "heard"]) < 10 * WAITING


def test_a_mistake_of_ours_costs_one_watcher_and_not_the_lamp(state, caplog):
    with served(state) as watchers, watching(state) as lines:
        watchers.tell(Switched("no time", True))  # type: ignore[arg-type]
        assert list(lines) == []
        with watching(state) as others:
            watchers.tell(Switched(1.0, True))
            assert next(others)["event"] == "light"
    assert "a watcher failed" in caplog.text


def test_closing_ends_every_connection_and_takes_nobody(state):
    watchers = Watchers()
    with ControlServer(state, {}, {"watch": watchers.take}), watching(state) as lines:
        watchers.close()
        assert [line for line in lines if line != {"event": "alive"}] == []
        with pytest.raises(ControlError):
            ask(state, {"do": "watch"})


def _soon(true) -> bool:
    """Whether it becomes true before patience ends."""
    waiting = threading.Event()
    return any(true() or waiting.wait(0.01) for _ in range(int(PATIENCE_S / 0.01)))
