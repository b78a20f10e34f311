"""Charts: the days as they went, drawn and told, quick and without surprises."""

import re
from datetime import date, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from runtime.config import Config
from runtime.journal.by_day import DayCounts, counts_by_day, kind_of, last_days
from runtime.journal.days import DayFigures
from runtime.journal.judged import Judged
from runtime.page.app import make_app
from runtime.page.chart import HEIGHT, Series, chart
from tests.runtime.diary import heard
from tests.runtime.page.browsing import Browser
from tests.runtime.page.conftest import LOOPBACK

TODAY = datetime.now().date()


def at(days_ago: int) -> float:
    return datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time()).timestamp() + 3_600


@pytest.fixture
def lived(journal):
    """An act that was meant, one that was not, a miss; an older act; and one of which nobody said anything."""
    for text, decided, intent, ago in (
        ("lumos", "light_on", "light_on", 0),
        ("a lovely day", "light_on", "none", 0),
        ("nox", None, "light_off", 0),
        ("nothing", None, "none", 0),
        ("lumos", "light_on", "light_on", 20),
        ("lumos", "light_on", None, 0),
    ):
        number = journal.add_utterance(heard(text, wall_time=at(ago), decided=decided))
        if intent:
            journal.add_label(number, intent, "claimed", at(ago))
    journal.add_day(DayFigures(TODAY.isoformat(), 3, 0.25, 0.5, 0.75, 214.0))
    journal.flush()
    return journal


@pytest.mark.parametrize(
    ("decided", "retracted", "intent", "kind"),
    [
        ("light_on", False, "light_on", "obeyed"),
        ("light_on", True, "light_on", "corrected"),
        ("light_on", True, "none", "false_activations"),
        ("light_on", False, "light_off", "false_activations"),
        (None, False, "light_off", "corrected"),
        ("none", False, "none", ""),
    ],
)
def test_each_utterance_counts_once(decided, retracted, intent, kind):
    assert kind_of(Judged(1.0, decided, retracted, intent, "claimed")) == kind


def test_a_day_is_that_of_the_clock_on_the_wall(lived):
    counts = counts_by_day(lived, last_days(21, TODAY))
    assert counts[-1] == DayCounts(TODAY, obeyed=1, corrected=1, false_activations=1)
    assert counts[0] == DayCounts(TODAY - timedelta(days=20), obeyed=1)
    assert {each.obeyed for each in counts[1:-1]} == {0}


def test_counting_does_not_go_through_all_that_was_heard(lived, monkeypatch):
    asked = []
    monkeypatch.setattr(lived, "_rows", lambda query, _: asked.append(query) or [])
    lived.judged(0.0)
    plan = lived._database.execute(f"EXPLAIN QUERY PLAN {asked[0]}", (0.0,)).fetchall()
    assert not any("SCAN utterances" in row[3] for row in plan), plan


@pytest.mark.usefixtures("lived")
def test_the_page_says_the_same_in_pictures_and_in_tables(browser):
    page = browser.get("/charts?days=7")
    assert [a["aria-current"] for a in page.all("a", href="/charts?days=7")] == ["true"]
    assert len(page.all("svg", role="img")) == 3
    assert [len(page.all("rect", class_=key)) for key in ("obeyed", "corrected", "false")] == [1, 1, 1]
    assert len(page.all("polyline")) == 4
    assert re.search(r"250\s*500\s*750", page.text)
    assert "214" in page.text


@pytest.mark.usefixtures("lived")
def test_what_cannot_be_chosen_is_the_usual_and_no_day_is_shown_that_is_not_kept(browser, state):
    for query in ("", "?days=31", "?days=x", "?days=-1", "?days=99999999999"):
        assert browser.get(f"/charts{query}").all("a", href="/charts?days=30")[0]["aria-current"] == "true"
    config = Config.model_validate({"state_dir": str(state), "keep": {"days": 10}})
    short = Browser(TestClient(make_app(config), base_url=LOOPBACK))
    assert short.get("/charts?days=90").all("nav", class_="spans") == []


def test_without_anything_kept_it_says_so(browser):
    page = browser.get("/charts")
    assert page.all("svg") == []
    assert page.text.count("Nothing is known of these days yet") == 3


def test_a_picture_has_room_for_the_highest_and_gaps_for_the_unknown():
    days = last_days(5, date(2026, 3, 3))
    drawn = chart("x", "Some <b>", days, [Series("p50", "half", [1.0, 3.0, None, 40.0, None])], stacked=False)
    assert drawn.top == "50"
    assert "&lt;b&gt;" in drawn.svg
    lines = re.findall(r'<polyline class="p50" points="([^"]*)"', drawn.svg)
    assert [len(line.split()) for line in lines] == [2, 2]  # two days, and a stub for one alone
    ys = [float(y) for line in lines for y in re.findall(r",([\d.]+)", line)]
    assert all(0 <= y <= HEIGHT for y in ys)
    assert (drawn.first, drawn.last) == ("27 Feb", "3 Mar")
    assert [row[0] for row in drawn.rows] == ["2 Mar", "28 Feb", "27 Feb"]


@pytest.mark.parametrize("highest", [0.0, -5.0, 5e-324, 1e-7])
def test_next_to_nothing_is_drawn_as_nothing(highest):
    days = last_days(1, date(2026, 3, 3))
    assert chart("x", "t", days, [Series("p50", "half", [highest])], stacked=False).top == "1"


def test_bars_stand_on_each_other():
    days = last_days(1, date(2026, 3, 3))
    both = [Series("obeyed", "a", [6]), Series("false", "b", [4])]
    drawn = chart("x", "t", days, both, stacked=True)
    assert drawn.top == "10"
    bars = re.findall(r'class="(\w+)" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', drawn.svg)
    assert [(kind, float(y) + float(height)) for kind, y, height in bars] == [
        ("obeyed", 120.0),
        ("false", 48.0),
    ]
