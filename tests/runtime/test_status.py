"""Asking for the status, when what answers is no lamp or hangs; test_control.py has real ones."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.control import ask, socket_path
from runtime.errors import ControlError
from runtime.status import read_status


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder that does not exist yet, with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder:
        yield Path(folder) / "state"


@contextmanager
def answering(state: Path, answer: bytes | None) -> Iterator[None]:
    """Something else on the socket; with None it accepts and says nothing."""
    state.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path(state)))
        listener.listen()

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(65536)
                client.sendall(answer or b"")

        thread = threading.Thread(target=serve)
        if answer is not None:
            thread.start()
        yield
        if answer is not None:
            thread.join()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "cut short"),
        (b'{"words": [', "cut short"),
        (b"\xff\xfe{", "cut short"),
        (b"[1]", "not foreglow"),
    ],
)
def test_an_answer_that_is_none_is_told(state, answer, sentence):
    with answering(state, answer), pytest.raises(ControlError, match=sentence):
        read_status(state)


def test_a_lamp_that_hangs_is_told(state):
    with answering(state, None), pytest.raises(ControlError, match="does not answer"):
        ask(state, {"do": "status"}, timeout_s=0.05)
