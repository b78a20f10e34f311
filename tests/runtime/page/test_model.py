"""Model: what is shown, what is asked first, and that it does what the commands do."""

import json
import sys
import time

import pytest
from starlette.testclient import TestClient

from export.bundle import BASE_BUNDLE, load_bundle
from runtime.journal.records import Retraining
from runtime.learning.budget import allowed_a_day
from runtime.learning.child import Child
from runtime.learning.on_demand import OnDemand
from runtime.learning.speech_rate import DAY_S
from runtime.page.app import make_app
from runtime.releases.listing import in_service, releases
from runtime.releases.promotion import promote
from tests.runtime.diary import heard
from tests.runtime.page.browsing import Browser, Page
from tests.runtime.page.conftest import LOOPBACK
from tests.runtime.page.serving import soon

BASE = load_bundle(BASE_BUNDLE).version
TRIED = {"commands": 123, "missed": 4, "others": 6000, "false_activations": 2}


@pytest.fixture
def promoted(state, made):
    for folder, _ in made:
        promote(state, folder, {"candidate": TRIED, "incumbent": TRIED | {"missed": 5}, "lessons": 12})
    return [version for _, version in made]


def test_bundles_are_shown_with_what_they_did_and_what_changed(browser, promoted):
    page = browser.get("/model")
    assert [a["id"] for a in page.all("li", class_="bundle")] == [f"b{v}" for v in (*promoted[::-1], BASE)]
    assert "119 of 123" in page.text
    assert "118 of 123" in page.text
    assert [a["href"] for a in page.all("a", class_="button")] == [
        f"/model/exchange?to={version}" for version in (promoted[0], BASE)
    ]


def test_going_back_is_asked_first_then_done_and_what_was_left_can_come_again(browser, promoted, state):
    asked = browser.get(f"/model/exchange?to={promoted[0]}")
    assert "go back over 1 promotion." in asked.text
    assert in_service(state).name == promoted[1]
    answer = browser.post("/model/exchange", 200, to=promoted[0])
    assert f"{promoted[0]} is in service: no lamp is running" in answer.text
    assert in_service(state).name == promoted[0]
    assert "go back over 1 promotion." in browser.get(f"/model/exchange?to={BASE}").text
    browser.post("/model/exchange", 200, to=BASE)
    assert in_service(state) == BASE_BUNDLE
    assert "into service again" in browser.get(f"/model/exchange?to={promoted[1]}").text
    browser.post("/model/exchange", 200, to=promoted[1])
    assert releases(state)[0].standing == "in service"


@pytest.mark.parametrize("to", ["", "x" * 12, "../../etc", "<script>", "0" * 5000])
def test_what_is_no_bundle_cannot_be_put_into_service(browser, promoted, state, to):
    browser.get("/model/exchange", 404)
    browser.client.get("/model/exchange", params={"to": to})
    assert "<script>" not in browser.post("/model/exchange", 409, to=to).text
    assert in_service(state).name == promoted[1]
    browser.post("/model/exchange", 409, to=promoted[1])  # it is in service


def test_what_is_in_the_files_of_a_release_is_text_and_nothing_else(browser, promoted, state, journal):
    bad = "<script>alert(1)</script>"
    folder = state / "releases" / promoted[0]
    (folder / "refused.json").write_text(json.dumps({"reason": bad}))
    (folder / "figures.json").write_text(
        json.dumps({"promoted_at": bad, "figures": {bad: 1, "candidate": [bad]}})
    )
    journal.add_retraining(Retraining(1.0, 2.0, {}, {}, False, bad, None))
    journal.flush()
    answer = browser.client.get("/model")
    assert answer.status_code == 200
    assert "<script>a" not in answer.text
    assert "&lt;script&gt;a" in answer.text
    assert "<script>a" not in browser.client.get("/model/exchange", params={"to": promoted[0]}).text


@pytest.mark.parametrize("a_day", ["0.5", "1e1", " 2 "])
def test_the_budget_is_set_for_the_next_retraining(browser, config, a_day):
    assert browser.post("/model/budget", a_day=a_day).headers["location"] == "/model#budget"
    assert allowed_a_day(config) == float(a_day)
    assert browser.get("/model").all("input", id="a-day")[0]["value"] == f"{float(a_day):g}"


@pytest.mark.parametrize("a_day", ["", "nan", "inf", "-1", "0", "101", "many", "1" * 400, "<script>"])
def test_a_budget_that_is_none_is_refused_and_the_former_holds(browser, config, a_day):
    before = allowed_a_day(config)
    assert "between 0.01 and 100" in browser.post("/model/budget", 400, a_day=a_day).text
    assert allowed_a_day(config) == before


def test_what_each_budget_would_have_meant_is_shown(browser, journal):
    now = time.time()
    for number in range(1200):
        quiet = ((0.01, 0.01, 0.98),)
        at = now - 3 * DAY_S + number * 3 * DAY_S / 1200
        journal.add_utterance(heard("word", wall_time=at, probabilities=quiet, ended=(0.01, 0.01, 0.98)))
    sure = heard("lumos", wall_time=now - 5, probabilities=((0.999, 0.0, 0.001),), ended=(0.999, 0.0, 0.001))
    journal.add_label(journal.add_utterance(sure), "light_on", "claimed", now)
    for likely in (0.96, 0.65):
        trace = ((likely, 0.0, 1 - likely),)
        journal.add_utterance(heard("word", wall_time=now - 5, probabilities=trace, ended=(0.1, 0.0, 0.9)))
    journal.flush()
    browser.post("/model/budget", a_day="0.1")
    assert [a["href"] for a in browser.get("/model").all("a") if "look" in str(a.get("href"))] == [
        "/model?look=1#budget"
    ]
    page = browser.get("/model?look=1")
    part = browser.client.get("/model/look")
    assert [a for a in Page(part.text).all("tr") if "data-from" in a] == [
        a for a in page.all("tr") if "data-from" in a
    ]
    rows = [a for a in page.all("tr") if "data-from" in a]
    assert len(rows) == 3
    assert float(str(rows[0]["data-from"])) == 0.01
    (chosen,) = [a for a in rows if a.get("class") == "chosen"]
    below = [a for a in rows if float(str(a["data-from"])) <= 0.1]
    assert chosen == below[-1]
    assert "1 commands, 0 utterances known to have asked for nothing, and 1202 after which" in page.text


def test_with_too_little_said_it_says_that_the_budget_changes_nothing(browser):
    page = browser.get("/model?look=1")
    assert "It needs a day of speech" in page.text
    assert page.all("table", id="budgets") == []


def with_retraining(config, program: str) -> tuple[Browser, OnDemand]:
    def start(_command, *, told: bool) -> Child:
        return Child([sys.executable, "-c", f"import time, sys\n{program}"], told=told)

    retraining = OnDemand(None, start)
    app = make_app(config, retraining=retraining)
    return Browser(TestClient(app, base_url=LOOPBACK, follow_redirects=False)), retraining


def test_a_second_press_is_refused_with_a_sentence_and_the_progress_is_shown(config):
    told = '{"event": "progress", "done": 1, "total": 4}'
    browser, retraining = with_retraining(config, f"print('{told}', flush=True); time.sleep(600)")
    with retraining:
        assert browser.post("/model/retrain", dry_run="1").headers["location"] == "/model#retrain"
        assert soon(lambda: retraining.progress.total == 4)
        page = browser.get("/model")
        assert "A trial run goes on" in page.text
        assert page.all("progress")[0]["value"] == "0.250"
        assert "is going on already" in browser.post("/model/retrain", 409, dry_run="0").text
        part = browser.client.post("/model/retrain", data={"token": browser.token()}, headers={"x-part": "1"})
        assert (part.status_code, "<html" in part.text) == (409, False)
    assert "ended from outside" in browser.get("/model").text


def test_the_progress_is_told_as_it_comes_and_ends_with_it(config):
    result = json.dumps(
        {
            "event": "result",
            "promoted": False,
            "reason": "not <promoted>",
            "candidate": TRIED,
            "incumbent": TRIED,
        }
    )
    program = (
        'print(\'{"event": "progress", "done": 1, "total": 2}\', flush=True)\n'
        f"time.sleep(0.7)\nprint('''{result}''')"
    )
    browser, retraining = with_retraining(config, program)
    with retraining:
        browser.post("/model/retrain", dry_run="0")
        assert soon(lambda: retraining.progress.total == 2)
        answer = browser.client.get("/model/events")
        events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
        assert events[0] == {"running": True, "share": 0.5, "known": True}
        assert events[-1]["running"] is False
        page = browser.get("/model")
        assert "Retraining: not <promoted>" in page.text
        assert page.all("promoted") == []
        assert "119 of 123" in page.text


def test_a_fixed_model_is_left_alone(state, made):
    from runtime.config import Config

    config = Config.model_validate({"state_dir": str(state), "decide": {"bundle": str(made[0][0])}})
    browser = Browser(TestClient(make_app(config), base_url=LOOPBACK, follow_redirects=False))
    page = browser.get("/model")
    assert all("disabled" in a for a in page.all("button", name="dry_run"))
    assert page.all("a", class_="button") == []
    browser.post("/model/exchange", 409, to=BASE)
