"""The page in a real browser, before a real lamp that hears real sound."""

import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from runtime.control import ask
from runtime.control_server import ControlServer
from runtime.events import Heard
from runtime.journal.days import DayFigures
from runtime.journal.journal import Journal
from runtime.page.door import Door
from runtime.releases.promotion import promote, rollback
from runtime.watchers import Watchers
from tests.runtime.bundles import make_bundle
from tests.runtime.diary import heard
from tests.runtime.page.lamp_with_page import PATIENCE_S, LampWithPage, labels, light_events
from tests.runtime.page.serving import config_of, served, soon
from transcribe.hypothesis import Hypothesis


@pytest.fixture
def lamp(tmp_path_factory: pytest.TempPathFactory, audio_device: object) -> Iterator[LampWithPage]:
    assert audio_device
    running = LampWithPage(tmp_path_factory.mktemp("l"))
    running.start()
    yield running
    running.kill(signal.SIGKILL)


def test_words_are_seen_the_light_follows_and_one_tap_sets_it_right(
    tab, lamp, audio_device, light_on_recording
):
    lamp.open(tab)
    switch = tab.get_by_role("switch", name="Light")
    expect(switch).not_to_be_checked()
    expect(switch).to_be_enabled()
    expect(tab.locator("#health")).to_contain_text("Microphone")
    audio_device.play(light_on_recording)
    expect(tab.locator("#words")).to_contain_text("turn on the li", timeout=1000 * PATIENCE_S)
    expect(switch).to_be_checked(timeout=1000 * PATIENCE_S)
    utterance = tab.locator("#newest .utterance").first
    expect(utterance).to_contain_text("switched on", timeout=1000 * PATIENCE_S)
    utterance.get_by_role("button", name="nothing").click()
    expect(utterance.get_by_role("button", name="nothing")).to_have_attribute("aria-pressed", "true")
    expect(utterance).to_contain_text("somebody said so")
    assert labels(lamp.state) == [("none", "corrected")]

    switch.click()
    expect(switch).not_to_be_checked()
    assert ask(lamp.state, {"do": "status"})["light"] == "off"
    assert soon(lambda: light_events(lamp.state)[-1:] == [(False, "page")])

    tab.get_by_role("button", name="Mute the microphone").click()
    expect(tab.get_by_role("button", name="Listen again")).to_be_visible(timeout=1000 * PATIENCE_S)
    expect(tab.locator("#words")).to_contain_text("muted")
    assert ask(lamp.state, {"do": "status"})["state"] == "muted"
    tab.get_by_role("button", name="Listen again").click()
    expect(tab.get_by_role("button", name="Mute the microphone")).to_be_visible(timeout=1000 * PATIENCE_S)
    assert soon(lambda: ask(lamp.state, {"do": "status"})["state"] == "listening")

    lamp.kill(signal.SIGKILL)  # under the open page: the page's own process ends with it
    expect(tab.locator("#trouble")).to_contain_text("does not answer", timeout=1000 * PATIENCE_S)
    expect(switch).to_be_disabled()
    lamp.start()
    expect(switch).to_be_enabled(timeout=1000 * PATIENCE_S)
    expect(tab.locator("#trouble")).to_be_hidden()


def test_keys_go_through_the_history_and_label_what_they_stand_on(tab, tmp_path):
    with Journal.open(tmp_path) as journal:
        journal.begin_session()
        for text in ("one", "two", "<script>document.title = 'hostile'</script>"):
            journal.add_utterance(heard(text, probabilities=((0.1, 0.2, 0.7),) * 9))
    with served(config_of(tmp_path)) as port:
        tab.goto(f"http://127.0.0.1:{port}/history")
        items = tab.locator("#utterances .utterance")
        expect(items).to_have_count(3)
        assert tab.title() == "History · Foreglow"
        items.nth(0).focus()
        tab.keyboard.press("ArrowDown")
        tab.keyboard.press("2")
        expect(items.nth(1).get_by_role("button", name="off")).to_have_attribute("aria-pressed", "true")
        expect(items.nth(1)).to_be_focused()
        tab.keyboard.press("ArrowDown")
        tab.keyboard.press("1")
        expect(items.nth(2).get_by_role("button", name="on", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        tab.keyboard.press("ArrowUp")
        tab.keyboard.press("u")
        expect(items.nth(1).get_by_role("button", name="off")).to_have_attribute("aria-pressed", "false")
        assert labels(tmp_path) == [("light_on", "corrected")]
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_dozen_browsers_see_each_word_as_text_and_the_lamp_has_one_watcher(chromium, tmp_path):
    watchers = Watchers()
    said = ("light", "<script>document.title='hostile'</script>")
    heard_now = Heard(1.0, Hypothesis(said, False, 0.0, 1.0), (0.2, 0.1, 0.7), ((0.2, 0.1, 0.7),) * 2)
    status = {"state": "listening", "light": "on"}
    with (
        ControlServer(tmp_path, {"status": lambda _: status}, {"watch": watchers.take}),
        served(config_of(tmp_path)) as port,
    ):
        contexts = [chromium.new_context() for _ in range(12)]  # fifty clients without a browser: test_hub.py
        tabs = [context.new_page() for context in contexts]
        for tab in tabs:
            tab.goto(f"http://127.0.0.1:{port}/")
        for tab in tabs:
            expect(tab.get_by_role("switch", name="Light")).to_be_checked(timeout=1000 * PATIENCE_S)
        watchers.tell(heard_now)
        for tab in tabs:
            expect(tab.locator("#words")).to_have_text(" ".join(said), timeout=1000 * PATIENCE_S)
            assert tab.title() == "Now · Foreglow"
        assert len([each for each in watchers._watching if each.alive]) == 1
        for context in contexts:
            context.close()
        watchers.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_is_accessible_and_fits_a_narrow_phone(chromium, tmp_path_factory, colours):
    state = tmp_path_factory.mktemp("s")
    with Journal.open(state) as journal:
        journal.begin_session()
        said = heard(
            "turn it on please", decided="light_on", decided_word=2, decided_s=1.0, audio="gone.flac"
        )
        journal.add_label(journal.add_utterance(said), "none", "objected", 5.0)
        journal.add_utterance(heard("supercalifragilisticexpialidocious" * 9))
        journal.add_day(DayFigures(datetime.now().date().isoformat(), 3, 0.25, 0.5, 12.5, 2140.0))
        journal.add_label(
            journal.add_utterance(replace(said, wall_time=time.time(), ended=(0.9, 0.0, 0.1))),
            "none",
            "objected",
            5.0,
        )
        for days_ago in range(4):
            journal.add_utterance(heard("word", wall_time=time.time() - 86_400 * days_ago))
    folder, _ = make_bundle(tmp_path_factory.mktemp("c"), 0)
    tried = {"commands": 123, "missed": 4, "others": 6000, "false_activations": 2}
    version = promote(state, folder, {"candidate": tried, "incumbent": tried, "lessons": 12})
    rollback(state)
    status = {
        "state": "no microphone",
        "microphone_trouble": "it is gone.",
        "light": "on",
        "bundle": "a" * 60,
    }
    tab = chromium.new_page(viewport={"width": 360, "height": 800}, color_scheme=colours)
    with ControlServer(state, {"status": lambda _: status}), served(config_of(state)) as port:
        for path in (
            "/",
            "/history",
            "/model",
            "/model?look=1",
            f"/model/exchange?to={version}",
            "/charts",
            "/history?q=none",
            "/forget",
            "/forget?id=1",
            "/nowhere",
            "/enter?key=x",
        ):
            tab.goto(f"http://127.0.0.1:{port}{path}")
            found = Axe().run(tab).response
            assert found["passes"]
            assert [(path, each["id"], each["help"]) for each in found["violations"]] == []
            assert tab.evaluate("document.documentElement.scrollWidth") == 360, path
    tab.close()


def test_without_scripts_it_can_be_read_and_relabelled(chromium, tmp_path):
    with Journal.open(tmp_path) as journal:
        journal.begin_session()
        journal.add_utterance(heard("lumos"))
    with served(config_of(tmp_path)) as port:
        context = chromium.new_context(java_script_enabled=False)
        tab = context.new_page()
        tab.goto(f"http://127.0.0.1:{port}/history?only=doubtful")
        tab.get_by_role("button", name="on", exact=True).click()
        assert re.search(r"/history\?only=doubtful#u1$", tab.url)
        assert labels(tmp_path) == [("light_on", "corrected")]
        context.close()


def test_a_link_lets_the_browser_in_and_leaves_the_address(tab, tmp_path):
    key = Door(tmp_path).new_link()
    with served(config_of(tmp_path, "0.0.0.0")) as port:
        place = f"http://127.0.0.1:{port}"
        tab.goto(place)
        expect(tab.get_by_role("heading", name="Sorry")).to_be_visible()
        tab.goto(f"{place}/enter?key={key}")
        expect(tab).to_have_url(f"{place}/enter")
        tab.get_by_role("button", name="Let this browser in").click()
        expect(tab).to_have_url(f"{place}/")
        assert tab.evaluate("document.cookie") == ""
        tab.get_by_role("button", name="Leave").click()
        expect(tab.get_by_role("heading", name="Come in")).to_be_visible()
        tab.goto(place)
        expect(tab.get_by_role("heading", name="Sorry")).to_be_visible()
