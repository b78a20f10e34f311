"""A light that fails or hangs never holds up listening, is tried again, and is told of once."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from runtime.errors import LightError
from runtime.health import Health
from runtime.lights import steady
from runtime.lights.console import ConsoleLight
from runtime.lights.steady import SteadyLight

PATIENCE_S = 20.0
"""A time-out that no test reaches unless something hangs."""


class Lamp:
    """A device that does what the test wants."""

    name = "The lamp"

    def __init__(self) -> None:
        self.failure: str | Exception | None = None
        self.tried: list[bool] = []
        self.closed = 0
        self.free = threading.Event()
        self.free.set()
        self.began = threading.Semaphore(0)

    def set(self, on: bool, timeout_s: float) -> None:
        assert timeout_s > 0
        self.tried.append(on)
        self.began.release()
        self.free.wait(PATIENCE_S)
        if isinstance(self.failure, Exception):
            raise self.failure
        if self.failure is not None:
            raise LightError(self.failure)

    def close(self) -> None:
        self.closed += 1


@contextmanager
def light_of(
    lamp: Lamp, first_retry_s: float = PATIENCE_S, timeout_s: float = PATIENCE_S
) -> Iterator[SteadyLight]:
    with closing(
        SteadyLight(lamp, timeout_s, first_retry_s=first_retry_s, last_retry_s=first_retry_s)
    ) as light:
        yield light
        lamp.free.set()


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to pass")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_what_failed_is_tried_until_it_works_and_told_twice_in_all(caplog: pytest.LogCaptureFixture) -> None:
    lamp = Lamp()
    lamp.failure = "is dark"
    with light_of(lamp, first_retry_s=0.01) as light:
        light.switch(True)
        wait_for(lambda: len(lamp.tried) >= 4)
        health = light.health()
        assert (health.wanted, health.reached, health.failure) == ("on", None, "is dark")
        lamp.failure = None
        wait_for(lambda: light.health().reached == "on")
        assert light.health().failure is None
        assert light.health().failures >= 3
        tried = len(lamp.tried)
        time.sleep(0.1)  # ten pauses
        assert len(lamp.tried) == tried
    assert set(lamp.tried) == {True}
    assert told(caplog) == ["The lamp is dark.", "The lamp works again."]
    assert lamp.closed == 1


def test_the_pause_between_attempts_grows_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    lamp, pauses = Lamp(), []
    lamp.failure = "is dark"
    light = SteadyLight(lamp, PATIENCE_S, first_retry_s=0.01, last_retry_s=0.05)
    wait = light._changed.wait
    monkeypatch.setattr(light._changed, "wait", lambda left=None: pauses.append(left) or wait(left))
    light.switch(True)
    wait_for(lambda: len(lamp.tried) >= 6)
    light.close()
    longest = sorted(pause for pause in pauses if pause)[-2:]
    assert 0.01 < longest[0] <= longest[1] <= 0.05


def test_what_is_new_is_tried_at_once_and_so_is_what_may_work_now() -> None:
    lamp = Lamp()
    lamp.failure = "is dark"
    with light_of(lamp) as light:  # the pause is longer than the test's patience
        light.switch(True)
        wait_for(lambda: light.health().failures == 1)
        light.switch(False)
        wait_for(lambda: light.health().failures == 2)
        lamp.failure = None
        light.retry()
        wait_for(lambda: light.health().reached == "off")
        light.retry()  # nothing is left to be done
        assert lamp.tried == [True, False, False]


def test_a_light_that_hangs_holds_up_nobody_and_only_the_latest_is_done_then(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady, "_LETTING_GO_S", 0.0)
    lamp = Lamp()
    lamp.free.clear()
    with light_of(lamp, timeout_s=0.05) as light:
        light.switch(True)
        assert lamp.began.acquire(timeout=PATIENCE_S)
        wait_for(lambda: light.health().failure == "does not answer")
        for on in (False, True, False):
            light.switch(on)
        assert told(caplog) == ["The lamp does not answer."]
        lamp.free.set()
        wait_for(lambda: light.health().reached == "off")
    assert lamp.tried == [True, False]
    assert told(caplog) == ["The lamp does not answer.", "The lamp works again."]


def test_closing_leaves_a_light_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "_LETTING_GO_S", 0.0)
    lamp = Lamp()
    lamp.free.clear()
    light = SteadyLight(lamp, 0.1)
    light.switch(True)
    light.close()
    light.close()
    assert light._thread.is_alive()
    lamp.free.set()
    light._thread.join(PATIENCE_S)
    assert lamp.closed == 1


def test_closing_tries_once_more_what_had_failed() -> None:
    lamp = Lamp()
    lamp.failure = "is dark"
    light = SteadyLight(lamp, PATIENCE_S)
    light.switch(True)
    wait_for(lambda: light.health().failures == 1)
    lamp.failure = None
    light.close()
    assert lamp.tried == [True, True]


def test_an_unforeseen_error_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    lamp = Lamp()
    lamp.failure = RuntimeError("of a library")
    with light_of(lamp, first_retry_s=0.01) as light:
        light.switch(True)
        wait_for(lambda: len(lamp.tried) >= 2)
        lamp.failure = None
        wait_for(lambda: light.health().reached == "on")
    assert told(caplog)[-1] == "The lamp works again."


def test_the_status_tells_of_it() -> None:
    health = Health()
    light = ConsoleLight(lambda _: None)
    health.parts["light_device"] = lambda: light.health().as_json()
    assert health.snapshot()["light_device"]["wanted"] is None
    light.switch(True)
    assert health.snapshot()["light_device"] == {
        "device": "The console", "wanted": "on", "reached": "on", "failure": None, "failures": 0,
    }  # fmt: skip


def test_it_tells_when_the_light_is_reached_and_not_when_it_failed() -> None:
    lamp, reached = Lamp(), []
    lamp.failure = "failed"
    before = time.perf_counter()
    light = SteadyLight(
        lamp, PATIENCE_S, first_retry_s=PATIENCE_S, reached=lambda *what: reached.append(what)
    )
    with closing(light):
        light.switch(True)
        wait_for(lambda: light.health().failures)
        assert reached == []
        lamp.failure = None
        light.retry()
        wait_for(lambda: reached)
    ((on, at),) = reached
    assert on is True
    assert before < at < time.perf_counter()
