"""A running lamp tells its status to its own user; two never share a state folder."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime import status
from runtime.errors import AlreadyRunningError, NotRunningError, StatusError
from runtime.status import MAX_SOCKET_PATH_BYTES, StatusServer, read_status, socket_path

TOP = Path(__file__).parents[2]


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A folder that does not exist yet, with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder:
        yield Path(folder) / "state"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_status_is_what_holds_when_it_is_asked_for(state_dir: Path) -> None:
    heard = {"utterances": 0, "last": "größer"}
    with StatusServer(state_dir, lambda: heard):
        assert read_status(state_dir) == {"utterances": 0, "last": "größer"}
        heard["utterances"] = 7
        assert read_status(state_dir) == {"utterances": 7, "last": "größer"}


def test_a_large_status_comes_whole(state_dir: Path) -> None:
    large = {"words": ["light"] * 200_000}
    with StatusServer(state_dir, lambda: large):
        assert read_status(state_dir) == large


def test_only_its_own_user_may_ask(state_dir: Path) -> None:
    with StatusServer(state_dir, dict):
        assert mode(state_dir) == 0o700
        assert mode(socket_path(state_dir)) == 0o600
        assert mode(state_dir / "foreglow.lock") == 0o600


def test_the_mode_of_a_folder_that_was_there_is_left_alone(state_dir: Path) -> None:
    state_dir.mkdir()
    state_dir.chmod(0o755)
    with StatusServer(state_dir, dict):
        assert mode(state_dir) == 0o755


def test_a_client_that_leaves_at_once_does_no_harm(state_dir: Path) -> None:
    with StatusServer(state_dir, lambda: {"words": ["light"] * 200_000}):
        for _ in range(5):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(socket_path(state_dir)))
        assert len(read_status(state_dir)["words"]) == 200_000


def test_no_folder_means_not_running(state_dir: Path) -> None:
    with pytest.raises(NotRunningError, match="foreglow is not running: nothing answers at"):
        read_status(state_dir)


def test_nothing_is_left_when_it_ends_and_it_can_start_again(state_dir: Path) -> None:
    threads = threading.active_count()
    for _ in range(2):
        with StatusServer(state_dir, dict):
            assert read_status(state_dir) == {}
        assert not socket_path(state_dir).exists()
        assert threading.active_count() == threads
    with pytest.raises(NotRunningError):
        read_status(state_dir)


def test_a_second_lamp_is_refused_and_the_first_goes_on(state_dir: Path) -> None:
    with StatusServer(state_dir, lambda: {"lamp": "first"}):
        with pytest.raises(AlreadyRunningError, match="already running"), StatusServer(state_dir, dict):
            pass
        assert read_status(state_dir) == {"lamp": "first"}


def test_what_a_killed_lamp_left_behind_is_replaced(state_dir: Path) -> None:
    program = (
        "import sys, time, pathlib; from runtime.status import StatusServer\n"
        "with StatusServer(pathlib.Path(sys.argv[1]), dict):\n"
        "    print('ready', flush=True); time.sleep(600)\n"
    )
    command = [sys.executable, "-c", program, str(state_dir)]
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as lamp:
        assert lamp.stdout is not None
        assert lamp.stdout.readline() == "ready\n"
        with pytest.raises(AlreadyRunningError), StatusServer(state_dir, dict):
            pass
        lamp.send_signal(signal.SIGKILL)
    assert socket_path(state_dir).exists()
    with pytest.raises(NotRunningError):
        read_status(state_dir)
    with StatusServer(state_dir, lambda: {"lamp": "second"}):
        assert read_status(state_dir) == {"lamp": "second"}


def test_a_path_too_long_for_a_socket_is_refused_before_anything_is_made(state_dir: Path) -> None:
    spare = MAX_SOCKET_PATH_BYTES - len(os.fsencode(state_dir / "x" / "foreglow.sock"))
    longest = state_dir / ("x" * (spare + 1))
    with StatusServer(longest, dict):
        assert read_status(longest) == {}
    too_long = state_dir / ("x" * (spare + 2))
    for attempt in (lambda: StatusServer(too_long, dict), lambda: read_status(too_long)):
        with pytest.raises(StatusError, match="has 108 bytes, but a socket's may have 107"):
            attempt()
    assert not too_long.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with (
        pytest.raises(StatusError, match="cannot be used: Not a directory"),
        StatusServer(tmp_path / "f" / "s", dict),
    ):
        pass


@contextmanager
def answering(state_dir: Path, answer: bytes | None) -> Iterator[None]:
    """Something else on the socket; with None it accepts and says nothing."""
    state_dir.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path(state_dir)))
        listener.listen()

        def serve() -> None:
            client, _ = listener.accept()
            with client:
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
def test_an_answer_that_is_no_status_is_told(state_dir: Path, answer: bytes, sentence: str) -> None:
    with answering(state_dir, answer), pytest.raises(StatusError, match=sentence):
        read_status(state_dir)


def test_a_lamp_that_hangs_is_told(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_READ_TIMEOUT_S", 0.05)
    with answering(state_dir, None), pytest.raises(StatusError, match="does not answer"):
        read_status(state_dir)
