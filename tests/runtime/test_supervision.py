"""What keeps the lamp alive or ends it with a reason: the watchdog's food, restarts, threads."""

import logging
import os
import pty
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import time as time_of_day
from pathlib import Path

import pytest

from runtime.config import MqttConfig
from runtime.control_server import ControlServer
from runtime.errors import StageError
from runtime.journal.journal import Journal
from runtime.journal.writer import JournalWriter
from runtime.learning.nightly import Nightly
from runtime.lights.steady import SteadyLight
from runtime.mqtt.broker import Broker
from runtime.mqtt.home_assistant import HomeAssistant
from runtime.supervision.heart import AWAY_S, Heart, usual_watchdog_s
from runtime.supervision.notify import Notifier
from runtime.supervision.restarts import MOST, WITHIN_S, Restarts
from runtime.supervision.threads import Threads
from runtime.switches.console import ConsoleSwitch

PATIENCE_S = 30.0


class Told(Notifier):
    """Notes what systemd would be told."""

    def __init__(self) -> None:
        super().__init__({})
        self.said: list[object] = []

    def alive(self) -> None:
        self.said.append("alive")

    def watchdog_s(self, seconds: float) -> None:
        self.said.append(seconds)


def test_a_microphone_that_is_away_gets_ten_minutes_and_the_usual_time_comes_back_with_its_sound() -> None:
    told = Told()
    heart = Heart(told, 60.0)
    heart.beat()
    heart.miss()
    heart.miss()
    heart.beat()
    heart.beat()
    assert told.said == ["alive", AWAY_S, 60.0, "alive", "alive"]


def test_where_there_is_no_watchdog_none_is_asked_for() -> None:
    told = Told()
    heart = Heart(told, usual_watchdog_s({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}))
    heart.miss()
    heart.beat()
    assert told.said == ["alive"]
    assert usual_watchdog_s({}) is None
    assert usual_watchdog_s({"WATCHDOG_USEC": "0"}) is None
    assert usual_watchdog_s({"WATCHDOG_USEC": "2500000"}) == 2.5


def test_a_stage_that_fails_now_and_then_is_begun_afresh_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    restarts = Restarts("the stage", lambda: now_s)
    for _ in range(50):
        now_s += WITHIN_S / (MOST - 1) + 0.1
        restarts.failed(ValueError("a mistake"))
    assert restarts.count == 50
    assert sum(bool(record.exc_info) for record in caplog.records) == 1


def test_a_stage_that_fails_again_and_again_ends_the_process_with_a_sentence() -> None:
    restarts = Restarts("the stage", lambda: 100.0)
    for _ in range(MOST - 1):
        restarts.failed(RuntimeError("a mistake"))
    with pytest.raises(
        StageError, match=r"the stage failed 3 times within a minute \(RuntimeError: a mistake\)"
    ):
        restarts.failed(RuntimeError("a mistake"))


def test_a_stage_that_fails_on_a_word_does_not_tell_the_word(caplog: pytest.LogCaptureFixture) -> None:
    restarts = Restarts("the stage", lambda: 100.0)
    for _ in range(MOST - 1):
        restarts.failed(KeyError("lumos"))
    with pytest.raises(StageError) as told:
        restarts.failed(KeyError("lumos"))
    assert "KeyError" in str(told.value)
    said = [str(told.value), *(record.getMessage() for record in caplog.records)]
    assert len(said) == 1 + MOST
    assert not any("lumos" in each for each in said)


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Threads, threading.Event]]:
    """Watched threads, and whether one has had the process end."""
    event = threading.Event()
    # What earlier tests left running may end at any moment, and is none of ours.
    before, all_of_them = set(threading.enumerate()), threading.enumerate
    monkeypatch.setattr(threading, "enumerate", lambda: [t for t in all_of_them() if t not in before])
    with Threads(event.set) as threads:
        yield threads, event


class Device:
    name = "The lamp"

    def set(self, on: bool, timeout_s: float) -> None: ...

    def close(self) -> None: ...


def a_light(_folder: Path) -> Callable[[], object]:
    light = SteadyLight(Device(), 1.0)
    light.switch(True)
    return light.close


def a_journal(folder: Path) -> Callable[[], object]:
    journal = Journal.open(folder)
    journal.begin_session()
    return lambda: journal.__exit__(None, None, None)


def a_server(folder: Path) -> Callable[[], object]:
    server = ControlServer(folder, {}).__enter__()
    return lambda: server.__exit__(None, None, None)


def the_terminal(_folder: Path) -> Callable[[], object]:
    ours, theirs = pty.openpty()
    os.write(ours, b" ")
    return ConsoleSwitch(theirs, lambda _: 1 / 0, lambda: False).close


@pytest.mark.parametrize(
    ("begin", "broken", "name"),
    [
        (a_light, (SteadyLight, "_attempt"), "light"),
        (a_journal, (JournalWriter, "flush"), "journal"),
        (a_server, (ControlServer, "_serve"), "control 1"),
        (the_terminal, None, "switch"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_fails_ends_the_process_with_its_name(
    begin: Callable[[Path], Callable[[], object]],
    broken: tuple[type, str] | None,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    ended: tuple[Threads, threading.Event],
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    with monkeypatch.context() as patch:
        if broken is not None:
            patch.setattr(*broken, fail)
        end = begin(tmp_path)
        threads, event = ended
        assert event.wait(PATIENCE_S)
    with suppress(Exception):
        end()
    with pytest.raises(
        StageError, match=rf"the thread '{name}' failed \(ZeroDivisionError: division by zero\)"
    ):
        threads.check()
    assert any(record.exc_info and record.levelno == logging.ERROR for record in caplog.records)


def test_a_thread_that_is_gone_without_a_word_is_missed(ended: tuple[Threads, threading.Event]) -> None:
    threads, _ = ended
    leave = threading.Event()
    worker = threading.Thread(target=leave.wait, name="worker")
    worker.start()
    threads.watch()
    assert threads.alive()["worker"]
    threads.check()
    leave.set()
    worker.join()
    assert not threads.alive()["worker"]
    with pytest.raises(StageError, match="the thread 'worker' ended"):
        threads.check()


def test_a_mistake_at_night_gives_up_that_night_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = threading.Semaphore(0)

    def look(_nightly: Nightly) -> None:
        looks.release()
        raise ValueError("a mistake")

    monkeypatch.setattr("runtime.learning.nightly.LOOK_S", 0.01)
    monkeypatch.setattr(Nightly, "look", look)
    with Nightly(time_of_day(3), 1, lambda: 0, lambda: None):  # type: ignore[arg-type,return-value]
        assert looks.acquire(timeout=PATIENCE_S)
        assert looks.acquire(timeout=PATIENCE_S)
    assert "Tonight's retraining was given up." in caplog.text


def test_a_mistake_in_connecting_to_the_broker_is_logged_once_and_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    attempts = threading.Semaphore(0)

    class Client:
        def connect(self, *_: object) -> None:
            attempts.release()
            raise KeyError("a mistake")

    broker = Broker(MqttConfig(host="127.0.0.1"), first_retry_s=0.01, last_retry_s=0.01)
    monkeypatch.setattr(broker, "_make", Client)
    broker.start()
    for _ in range(5):
        assert attempts.acquire(timeout=PATIENCE_S)
    broker.close()
    assert sum(bool(record.exc_info) for record in caplog.records) == 1


def test_a_mistake_in_telling_the_health_is_logged_and_told_again(caplog: pytest.LogCaptureFixture) -> None:
    looks = threading.Semaphore(0)

    def status() -> dict[str, object]:
        looks.release()
        raise ValueError("a mistake")

    config = MqttConfig(host="127.0.0.1")
    home = HomeAssistant(Broker(config), config, "1", lambda _: None, status, health_every_s=0.01)
    assert looks.acquire(timeout=PATIENCE_S)
    assert looks.acquire(timeout=PATIENCE_S)
    home.close()
    assert "The health could not be told" in caplog.text
