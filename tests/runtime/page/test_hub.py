"""What is heard reaches every open page, through one connection to the lamp, and outlives the lamp."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.control_server import ControlServer
from runtime.events import Heard
from runtime.page import hub
from runtime.page.door import Door
from runtime.watchers import Watchers
from tests.runtime.page.serving import PATIENCE_S, Looker, config_of, served, soon
from transcribe.hypothesis import Hypothesis


@contextmanager
def lamp(state: Path, alive_s: float = 5.0, asked: list[dict] | None = None) -> Iterator[Watchers]:
    """`asked` is given every request for the status."""
    watchers = Watchers(alive_s)

    def status(request: dict) -> dict:
        if asked is not None:
            asked.append(request)
        return {"state": "listening", "light": "on"}

    with ControlServer(state, {"status": status}, {"watch": watchers.take}):
        yield watchers
        watchers.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(hub, "RETRY_S", 0.05)


def heard(text: str) -> Heard:
    trace = tuple((0.25, 0.25, 0.5) for _ in text.split())
    return Heard(1.0, Hypothesis(tuple(text.split()), False, 0.0, 1.0), trace[-1], trace)


def test_fifty_lookers_hear_every_word_over_one_connection(state):
    with lamp(state) as watchers, served(config_of(state)) as port:
        lookers = [Looker(port) for _ in range(50)]
        for each in lookers:
            assert each.until("status")["status"]["light"] == "on"
        watchers.tell(heard("some <script>"))
        for each in lookers:
            told = each.until("heard")
            assert (told["text"], len(told["trace"])) == ("some <script>", 2)
        assert len([each for each in watchers._watching if each.alive]) == 1
        for each in lookers:
            each.close()


def test_however_many_want_to_know_how_the_lamp_is_it_is_asked_once(state):
    asked: list[dict] = []
    with lamp(state, asked=asked), served(config_of(state)) as port:
        looker = Looker(port)
        looker.until("status")
        for _ in range(20):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            connection.request("GET", "/health")
            assert b"Microphone" in connection.getresponse().read()
        assert len(asked) == 1
        looker.close()


def test_when_nobody_looks_the_lamp_is_not_asked(state):
    with lamp(state, alive_s=0.02) as watchers, served(config_of(state)) as port:
        assert watchers._watching == ()
        looker = Looker(port)
        looker.until("status")
        looker.close()
        assert soon(lambda: not any(each.alive for each in watchers._watching))


def test_a_lamp_that_ends_is_told_and_found_again_when_it_is_back(state):
    with served(config_of(state)) as port:
        looker = Looker(port)
        assert "not running" in looker.until("gone")["why"]
        with lamp(state) as watchers:
            looker.until("status")
            watchers.tell(heard("lumos"))
            assert looker.until("heard")["text"] == "lumos"
        looker.until("gone")
        with lamp(state):
            looker.until("status")
        looker.close()


def test_who_begins_to_look_later_is_told_at_once_how_the_lamp_is(state):
    with served(config_of(state)) as port:
        first = Looker(port)
        first.until("gone")
        second = Looker(port)
        assert next(second.events())["event"] == "gone"
        first.close()
        second.close()


def test_too_many_are_refused(state, monkeypatch):
    monkeypatch.setattr(hub, "MOST", 2)
    with lamp(state), served(config_of(state)) as port:
        lookers = [Looker(port) for _ in range(2)]
        for each in lookers:
            each.until("status")
        assert Looker(port).answer.status == 503
        for each in lookers:
            each.close()


def test_a_browser_that_leaves_hears_no_more(state):
    door = Door(state)
    cookie = door.use_link(door.new_link())
    with lamp(state, alive_s=0.05), served(config_of(state, "0.0.0.0")) as port:
        assert Looker(port).answer.status == 401
        looker = Looker(port, cookie or "")
        looker.until("status")
        door.leave(cookie or "")
        assert {event["event"] for event in looker.events()} <= {"status"}  # and then it ends


def test_the_page_ends_in_order_while_somebody_looks(state, caplog):
    with lamp(state), served(config_of(state)) as port:
        looker = Looker(port)
        looker.until("status")
    assert list(looker.events()) == []
    assert caplog.records == []  # uvicorn had to break off nothing
