"""The figures of each day: of that day alone, of all its runs, written seldom, and forgotten when they are to be."""

from datetime import datetime

import pytest

from runtime.day_keeper import LOOK_S, WRITE_S, DayKeeper
from runtime.journal.days import DayFigures
from runtime.journal.journal import Journal
from runtime.latency import Latency, Reservoir

NOON = datetime(2026, 3, 1, 12).timestamp()
DAY_S = 86_400.0


class House:
    """A lamp whose clock and memory are set by the test."""

    def __init__(self, journal: Journal, at: float = NOON) -> None:
        self.now, self.mb = at, 100.0
        self.kept = Reservoir()
        self.keeper = DayKeeper(
            journal,
            self.kept.summary,
            resident=lambda: self.mb,
            wall=lambda: self.now,
            monotonic=lambda: self.now,
        )
        self.keeper.look()

    def act(self, *whole_s: float) -> None:
        for seconds in whole_s:
            self.kept.add(Latency(seconds, 0.0, 0.0))

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.keeper.look()


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path) as opened:
        yield opened


def test_each_day_has_its_own_acts_and_its_own_memory(journal):
    house = House(journal)
    house.act(0.3, 0.1, 0.2)
    house.mb = 250.0
    house.later(LOOK_S)
    house.mb = 120.0
    house.later(DAY_S)
    house.act(0.5)
    house.keeper.close()
    assert journal.days("") == [
        DayFigures("2026-03-01", 3, 0.2, 0.3, 0.3, 250.0),
        DayFigures("2026-03-02", 1, 0.5, 0.5, 0.5, 120.0),
    ]


def test_what_a_day_had_before_a_restart_is_kept_and_nothing_counts_twice(journal):
    first = House(journal)
    first.act(0.1, 0.1, 0.1)
    first.mb = 300.0
    first.keeper.close()
    second = House(journal, NOON + 100)
    second.act(0.9)
    second.later(WRITE_S)
    second.later(WRITE_S)
    second.keeper.close()
    assert journal.days("") == [DayFigures("2026-03-01", 4, 0.1, 0.1, 0.1, 300.0)]


def test_it_is_written_once_an_hour_at_most_and_not_when_nothing_is_new(journal, monkeypatch):
    house, written = House(journal), []
    monkeypatch.setattr(journal, "add_day", written.append)
    monkeypatch.setattr(journal, "days", lambda _: written[-1:])
    for number in range(180):
        if number < 70:
            house.act(0.1)
        house.mb += 0.001
        house.later(60.0)
    assert [each.decisions for each in written] == [60, 70]


def test_what_was_forgotten_does_not_come_back(journal):
    house = House(journal)
    house.act(0.1)
    house.later(WRITE_S)
    journal.remove(everything=True)
    house.act(0.2)
    house.later(WRITE_S)
    assert journal.days("") == []
    house.act(0.3)
    house.keeper.close()
    assert [each.decisions for each in journal.days("")] == [1]


def test_days_before_a_time_go_with_the_light_events_of_that_time(journal):
    for day in ("2026-02-27", "2026-02-28", "2026-03-01"):
        journal.add_day(DayFigures(day, 0))
    journal.remove(light_before=datetime(2026, 2, 28, 15).timestamp())
    assert [each.day for each in journal.days("")] == ["2026-02-28", "2026-03-01"]


def test_it_looks_each_minute_and_never_without_a_journal(journal):
    now = [0.0]
    keeper = DayKeeper(journal, Reservoir().summary, monotonic=lambda: now[0])
    assert (keeper.due, keeper.due) == (True, False)
    now[0] = LOOK_S
    assert keeper.due
    without = DayKeeper(None, Reservoir().summary)
    assert not without.due
    without.close()
