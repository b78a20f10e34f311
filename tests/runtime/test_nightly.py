"""When the lamp retrains by itself, and what it does about a retraining that goes on."""

import logging
import time
from datetime import datetime
from datetime import time as time_of_day

import pytest

from runtime.errors import JournalError
from runtime.events import Ready, SpeechEnded
from runtime.learning.child import LONGEST_S, MOST_MB
from runtime.learning.nightly import BREATH_S, HOUR_S, QUIET_S, Nightly, night_of

AT = time_of_day(3, 30)
NIGHT = datetime(2026, 11, 23, 3, 30).timestamp()
SPOKE = SpeechEnded(1.0, 0.5)


class FakeChild:
    """A retraining that does what it is told."""

    def __init__(self) -> None:
        self.paused, self.ended, self.exit, self.megabytes, self.told = False, False, None, 100.0, ""

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def status(self) -> int | None:
        return self.exit

    def memory_mb(self) -> float:
        return self.megabytes

    def end(self) -> str:
        self.ended = True
        return self.told


class Night:
    """A lamp at night: its clocks, its lessons, and the retrainings it began."""

    def __init__(self, at=AT, lessons=5, start=None) -> None:
        self.now, self.lessons, self.children = NIGHT - 2 * HOUR_S, lessons, []
        self.nightly = Nightly(
            at,
            5,
            self.count,
            start or self.start,
            wall=lambda: self.now,
            steady=lambda: self.now - NIGHT + 1e6,
        )

    def count(self) -> int:
        if isinstance(self.lessons, Exception):
            raise self.lessons
        return self.lessons

    def start(self) -> FakeChild:
        self.children.append(FakeChild())
        return self.children[-1]

    def at(self, seconds: float) -> "Night":
        """Look so many seconds after half past three."""
        self.now = NIGHT + seconds
        self.nightly.look()
        return self

    @property
    def child(self) -> FakeChild:
        return self.children[-1]


def test_it_begins_at_the_set_time_and_once_a_night():
    night = Night().at(-1)
    assert night.children == []
    night.at(1)
    assert len(night.children) == 1
    night.child.exit = 0
    for seconds in (2, 3, 600, HOUR_S - 1, HOUR_S + 1):
        night.at(seconds)
    assert night.child.ended
    assert len(night.children) == 1
    night.at(86_400 + 1)
    assert len(night.children) == 2


def test_a_lamp_that_was_away_at_night_does_not_begin_by_day():
    assert Night().at(HOUR_S + 1).children == []


def test_it_begins_late_when_somebody_speaks_but_not_later_than_an_hour():
    night = Night()
    night.now = NIGHT - 1
    night.nightly.heard(SPOKE)
    assert night.at(QUIET_S - 2).children == []
    assert len(night.at(QUIET_S + 1).children) == 1


def test_it_needs_enough_lessons():
    assert Night(lessons=4).at(1).children == []
    assert len(Night(lessons=5).at(1).children) == 1


def test_never_is_never():
    night = Night(at=None)
    assert night.at(1).at(86_400 + 1).children == []
    with night.nightly:
        pass


def test_it_waits_while_somebody_speaks_and_a_breath_longer():
    night = Night().at(1)
    night.now = NIGHT + 10
    night.nightly.heard(Ready("microphone", "base"))
    assert not night.child.paused
    night.nightly.heard(SPOKE)
    assert night.child.paused
    assert night.at(10 + BREATH_S - 0.1).child.paused
    assert not night.at(10 + BREATH_S).child.paused


def test_one_that_grows_too_large_is_ended_and_the_log_says_why(caplog):
    night = Night().at(1)
    night.child.megabytes = MOST_MB
    night.at(2)
    assert not night.child.ended
    night.child.megabytes = MOST_MB + 1
    with caplog.at_level(logging.WARNING):
        night.at(3)
    assert night.child.ended
    assert "needed 401 MB, and may use 400" in caplog.text
    assert len(night.at(4).children) == 1


def test_one_that_takes_too_long_is_ended_and_waiting_does_not_count(caplog):
    night = Night().at(1)
    night.at(LONGEST_S - 10)
    night.nightly.heard(SPOKE)
    for seconds in range(3):
        night.now = NIGHT + LONGEST_S + seconds
        night.nightly.heard(SPOKE)
        night.nightly.look()
    assert not night.child.ended
    night.at(LONGEST_S + 10)  # goes on
    assert not night.at(LONGEST_S + 15).child.ended
    with caplog.at_level(logging.WARNING):
        night.at(LONGEST_S + 40)
    assert night.child.ended
    assert "more than 60 minutes" in caplog.text


def test_one_that_fails_is_said_with_its_own_words(caplog):
    night = Night().at(1)
    night.child.exit, night.child.told = 1, "foreglow: there is nothing to learn from yet."
    with caplog.at_level(logging.WARNING):
        night.at(2)
    assert "failed: foreglow: there is nothing to learn from yet." in caplog.text


@pytest.mark.parametrize("trouble", [JournalError("the journal cannot be read."), None])
def test_what_cannot_begin_is_said_and_listening_goes_on(caplog, trouble):
    def start():
        raise OSError(12, "Cannot allocate memory")

    night = Night(lessons=trouble or 5, start=start)
    with caplog.at_level(logging.WARNING):
        night.at(1).at(2)
    assert len(caplog.records) == 1
    assert ("cannot be read" if trouble else "Cannot allocate memory") in caplog.text


def test_forgetting_ends_it_and_so_does_the_end_of_the_lamp():
    night = Night().at(1)
    assert night.nightly.forget({1}) == ""
    assert night.child.ended
    other = Night()
    with other.nightly:
        other.at(1)
    assert other.child.ended


def test_its_own_thread_looks():
    night = Night()
    night.now = NIGHT + 1
    with night.nightly:
        deadline = time.monotonic() + 30
        while not night.children and time.monotonic() < deadline:
            time.sleep(0.05)
    assert len(night.children) == 1


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 1, 2, 3, 29, 59), None),
        (datetime(2026, 1, 2, 3, 30), datetime(2026, 1, 2, 3, 30)),
        (datetime(2026, 1, 2, 4, 29, 59), datetime(2026, 1, 2, 3, 30)),
        (datetime(2026, 1, 2, 4, 30), None),
    ],
)
def test_the_night_is_the_hour_after_the_time_by_the_clock_on_the_wall(now, night):
    assert night_of(AT, now.timestamp()) == (None if night is None else night.timestamp())


def test_an_hour_that_goes_over_midnight_belongs_to_the_day_before():
    found = night_of(time_of_day(23, 45), datetime(2026, 1, 2, 0, 10).timestamp())
    assert found == datetime(2026, 1, 1, 23, 45).timestamp()
