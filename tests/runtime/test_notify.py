"""What systemd is told, read from a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.supervision.notify import Notifier


class Supervisor:
    """The other end of $NOTIFY_SOCKET."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._listening.setblocking(False)

    def told(self) -> list[str]:
        """Every datagram since the last question."""
        datagrams = []
        while True:
            try:
                datagrams.append(self._listening.recv(4096).decode())
            except BlockingIOError:
                return datagrams


@contextmanager
def supervisor(address: str) -> Iterator[Supervisor]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        yield Supervisor(listening)


def notifier(path: str, clock: list[float] | None = None, **environment: str) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": path, **environment}, lambda: clock[0] if clock else 0.0)


def test_a_start_and_an_end_are_told_in_one_datagram_each(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with supervisor(path) as systemd:
        told = notifier(path)
        told.ready("listening on USB Audio")
        told.status("the microphone is gone;\nit is looked for")
        told.stopping()
        assert systemd.told() == [
            "READY=1\nSTATUS=listening on USB Audio",
            "STATUS=the microphone is gone; it is looked for",
            "STOPPING=1",
        ]


def test_a_socket_in_the_abstract_namespace_is_reached() -> None:
    name = f"foreglow-test-{os.getpid()}"
    with supervisor(f"\0{name}") as systemd:
        notifier(f"@{name}").stopping()
        assert systemd.told() == ["STOPPING=1"]


def test_the_watchdog_is_fed_four_times_in_its_time_however_often_it_is_called(tmp_path: Path) -> None:
    path, clock = str(tmp_path / "notify"), [1000.0]
    with supervisor(path) as systemd:
        told = notifier(path, clock, WATCHDOG_USEC="60000000", WATCHDOG_PID=str(os.getpid()))
        for tenth in range(601):
            clock[0] = 1000.0 + tenth / 10
            told.alive()
        assert systemd.told() == ["WATCHDOG=1"] * 5


def test_another_time_for_the_watchdog_changes_how_often_it_is_fed(tmp_path: Path) -> None:
    path, clock = str(tmp_path / "notify"), [0.0]
    with supervisor(path) as systemd:
        told = notifier(path, clock, WATCHDOG_USEC="60000000")
        told.watchdog_s(2.0)
        assert systemd.told() == ["WATCHDOG=1\nWATCHDOG_USEC=2000000"]
        told.alive()
        assert systemd.told() == []
        clock[0] = 0.5
        told.alive()
        assert systemd.told() == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"},
    ],
)
def test_a_watchdog_that_is_not_ours_is_not_fed(tmp_path: Path, environment: dict[str, str]) -> None:
    path = str(tmp_path / "notify")
    with supervisor(path) as systemd:
        told = notifier(path, **environment)
        told.alive()
        if "WATCHDOG_PID" in environment:
            told.watchdog_s(1.0)
        assert systemd.told() == []


def test_nothing_happens_without_a_supervisor() -> None:
    told = Notifier({})
    told.ready("listening")
    told.watchdog_s(1.0)
    told.alive()
    told.stopping()


@pytest.mark.parametrize("address", ["relative", "/nowhere/notify", "@foreglow-nobody", "/" + "long" * 60])
def test_a_socket_that_cannot_be_reached_harms_nothing(address: str) -> None:
    notifier(address, WATCHDOG_USEC="60000000").ready("listening")


def test_a_supervisor_that_reads_nothing_holds_nothing_up(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with supervisor(path) as systemd:
        told = notifier(path)
        for number in range(5000):  # far more than a socket keeps: a blocking send would hang here
            told.status(f"listening {number}")
        assert 0 < len(systemd.told()) < 5000
