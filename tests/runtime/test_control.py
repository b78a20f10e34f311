"""A running lamp answers its own user's requests; two never share a state folder."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import control_server
from runtime.control import MAX_REQUEST_BYTES, MAX_SOCKET_PATH_BYTES, ask, socket_path
from runtime.control_server import CLIENTS, ControlServer
from runtime.errors import AlreadyRunningError, ControlError, NotRunningError
from runtime.state_lock import state_lock
from runtime.status import read_status

TOP = Path(__file__).parents[2]


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder that does not exist yet, with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder:
        yield Path(folder) / "state"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def echo(request: dict) -> dict:
    return {"asked": request}


def test_a_request_reaches_its_handler_whole_and_the_answer_comes_back(state):
    with ControlServer(state, {"correct": echo, "status": lambda _: {"lamp": "größer"}}):
        request = {"do": "correct", "id": 3, "intent": "none"}
        assert ask(state, request) == {"asked": request}
        assert read_status(state) == {"lamp": "größer"}


def test_a_large_answer_comes_whole(state):
    large = {"words": ["light"] * 200_000}
    with ControlServer(state, {"history": lambda _: large}):
        assert ask(state, {"do": "history"}) == large


def test_what_it_cannot_do_is_refused_with_what_it_can(state):
    with (
        ControlServer(state, {"status": echo, "switch": echo}),
        pytest.raises(ControlError, match="cannot do 'sing'; it can do status, switch"),
    ):
        ask(state, {"do": "sing"})


def test_a_handler_that_refuses_answers_with_its_sentence(state):
    def refuse(_):
        raise ControlError("there is no utterance 7.")

    with (
        ControlServer(state, {"correct": refuse}),
        pytest.raises(ControlError, match=r"^there is no utterance 7\.$"),
    ):
        ask(state, {"do": "correct", "id": 7})


@pytest.mark.parametrize("handler", [lambda request: request["id"] + 1, lambda _: {"path": Path()}])
def test_a_handler_that_is_mistaken_is_logged_and_the_lamp_answers_on(state, handler, caplog):
    with ControlServer(state, {"wrong": handler, "status": lambda _: {}}):
        with pytest.raises(ControlError, match=r"failed at this request \((KeyError|TypeError)\)"):
            ask(state, {"do": "wrong"})
        assert read_status(state) == {}
    assert "Traceback" in caplog.text


def raw(state: Path, *pieces: bytes) -> bytes:
    """What the server answers to these bytes."""
    answer = b""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(socket_path(state)))
        for piece in pieces:
            client.sendall(piece)
        client.shutdown(socket.SHUT_WR)
        while chunk := client.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"\xff\xfe",
        b"[1]",
        b"null",
        b"{}",
        b'{"do": 3}',
        b'{"do": null}',
        b"[" * 60_000,
        b'{"do": "a"} {}',
        b"\0",
    ],
)
def test_what_is_no_request_is_refused_in_one_sentence(state, line):
    with ControlServer(state, {"status": lambda _: {}}):
        answer = json.loads(raw(state, line + b"\n"))
        assert set(answer) == {"error"}
        assert len(answer["error"].splitlines()) == 1
        assert read_status(state) == {}


def test_a_request_in_pieces_is_one_and_the_longest_still_goes(state):
    line = b'{"do": "echo", "x": "%s"}\n'
    full = line % (b"a" * (MAX_REQUEST_BYTES - len(line) + 2))
    assert len(full) == MAX_REQUEST_BYTES
    with ControlServer(state, {"echo": echo}):
        assert json.loads(raw(state, full[:10], full[10:30_000], full[30_000:]))["asked"]["do"] == "echo"


@pytest.mark.parametrize("length", [MAX_REQUEST_BYTES + 1, 10 * MAX_REQUEST_BYTES])
def test_a_longer_one_is_refused_by_either_side(state, length):
    with ControlServer(state, {"echo": echo}):
        refused = json.loads(raw(state, b"x" * (length - 1), b"\n"))
        assert "65,536 bytes at most" in refused["error"]
        with pytest.raises(ControlError, match="65,536 bytes at most"):
            ask(state, {"do": "echo", "x": "a" * length})


def test_a_client_that_says_nothing_does_not_keep_the_others_waiting(state, monkeypatch):
    monkeypatch.setattr(control_server, "_REQUEST_S", 0.05)
    with ControlServer(state, {"status": lambda _: {"fine": True}}):
        idle = [socket.socket(socket.AF_UNIX) for _ in range(2 * CLIENTS)]
        for client in idle:
            client.connect(str(socket_path(state)))
        assert read_status(state) == {"fine": True}
        for client in idle:
            client.close()


def test_a_client_that_leaves_at_once_does_no_harm(state):
    with ControlServer(state, {"status": lambda _: {"words": ["light"] * 200_000}}):
        for _ in range(3 * CLIENTS):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(socket_path(state)))
                client.sendall(b'{"do": "status"}\n')
        assert len(read_status(state)["words"]) == 200_000


def test_handlers_take_turns_but_a_status_is_told_meanwhile(state):
    begun, go_on = threading.Event(), threading.Event()
    at_work, most = [], []

    def slow(_):
        at_work.append(1)
        most.append(len(at_work))
        begun.set()
        assert go_on.wait(30)
        at_work.pop()
        return {}

    with ControlServer(state, {"slow": slow, "status": lambda _: {"at_work": len(at_work)}}):
        clients = [threading.Thread(target=ask, args=(state, {"do": "slow"})) for _ in range(2)]
        for client in clients:
            client.start()
        assert begun.wait(30)
        assert read_status(state) == {"at_work": 1}
        go_on.set()
        for client in clients:
            client.join()
    assert most == [1, 1]


def test_only_its_own_user_may_ask(state):
    with ControlServer(state, {}):
        assert mode(state) == 0o700
        assert mode(socket_path(state)) == 0o600
        assert mode(state / "foreglow.lock") == 0o600


def test_a_folder_that_was_there_is_taken_from_others(state):
    state.mkdir()
    state.chmod(0o755)
    with ControlServer(state, {}):
        assert mode(state) == 0o700


def test_no_folder_means_not_running_and_the_name_is_not_said_twice(state):
    with pytest.raises(NotRunningError, match=r"^no lamp is running: nothing answers at"):
        read_status(state)


def test_nothing_is_left_when_it_ends_and_it_can_start_again(state):
    threads = threading.active_count()
    for _ in range(2):
        with ControlServer(state, {"status": lambda _: {}}):
            assert read_status(state) == {}
        assert not socket_path(state).exists()
        assert threading.active_count() == threads
    with pytest.raises(NotRunningError):
        read_status(state)


def test_a_second_lamp_is_refused_and_the_first_goes_on(state):
    with ControlServer(state, {"status": lambda _: {"lamp": "first"}}):
        with pytest.raises(AlreadyRunningError, match="already running"), ControlServer(state, {}):
            pass
        with pytest.raises(AlreadyRunningError, match="already running"), state_lock(state):
            pass
        assert read_status(state) == {"lamp": "first"}


def test_who_holds_the_folder_keeps_a_lamp_from_starting(state):
    with state_lock(state), pytest.raises(AlreadyRunningError), ControlServer(state, {}):
        pass
    with ControlServer(state, {"status": lambda _: {}}):
        assert read_status(state) == {}


def test_what_a_killed_lamp_left_behind_is_replaced(state):
    program = (
        "import sys, time, pathlib; from runtime.control_server import ControlServer\n"
        "with ControlServer(pathlib.Path(sys.argv[1]), {}):\n"
        "    print('ready', flush=True); time.sleep(600)\n"
    )
    command = [sys.executable, "-c", program, str(state)]
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as lamp:
        assert lamp.stdout is not None
        assert lamp.stdout.readline() == "ready\n"
        with pytest.raises(AlreadyRunningError), ControlServer(state, {}):
            pass
        lamp.send_signal(signal.SIGKILL)
    assert socket_path(state).exists()
    with pytest.raises(NotRunningError):
        read_status(state)
    with ControlServer(state, {"status": lambda _: {"lamp": "second"}}):
        assert read_status(state) == {"lamp": "second"}


def test_a_path_too_long_for_a_socket_is_refused_before_anything_is_made(state):
    spare = MAX_SOCKET_PATH_BYTES - len(os.fsencode(state / "x" / "foreglow.sock"))
    longest = state / ("x" * (spare + 1))
    with ControlServer(longest, {"status": lambda _: {}}):
        assert read_status(longest) == {}
    too_long = state / ("x" * (spare + 2))
    for attempt in (lambda: ControlServer(too_long, {}), lambda: read_status(too_long)):
        with pytest.raises(ControlError, match="has 108 bytes, but a socket's may have 107"):
            attempt()
    assert not too_long.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "f").touch()
    with (
        pytest.raises(ControlError, match="cannot be used: Not a directory"),
        ControlServer(tmp_path / "f" / "s", {}),
    ):
        pass
