"""An evening with one real lamp and its page in a real browser: it is set right, heeds that, goes back, forgets."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from export.bundle import BASE_BUNDLE, load_bundle, write_recalibrated
from runtime.control import ask
from runtime.journal.reading import read_journal
from runtime.releases.listing import in_service
from runtime.releases.promotion import promote
from tests.runtime.page.lamp_with_page import PATIENCE_S, LampWithPage, labels, light_events
from tests.runtime.page.serving import soon

MS = 1000 * PATIENCE_S
BASE = load_bundle(BASE_BUNDLE)


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory, audio_device: object) -> Iterator[LampWithPage]:
    """One for all tests here, with a bundle in service that hears as the base bundle does."""
    assert audio_device
    folder = tmp_path_factory.mktemp("l")
    running = LampWithPage(folder)
    write_recalibrated(folder / "b", BASE, BASE.thresholds, BASE.final_thresholds, {"tried": 1})
    promote(running.state, folder / "b", {"lessons": 3})
    running.start()
    yield running
    running.kill(signal.SIGKILL)


@pytest.fixture
def other_tab(tab: Page) -> Page:
    other = tab.context.new_page()
    other.set_default_timeout(MS)
    return other


def newest(tab: Page) -> Locator:
    return tab.locator("#newest .utterance").first


def test_what_was_set_right_in_one_tab_is_known_in_the_other_and_heeded_at_once(
    tab: Page, other_tab: Page, lamp: LampWithPage, audio_device, light_on_recording: Path
):
    for each in (tab, other_tab):
        lamp.open(each)
        expect(each.get_by_role("switch", name="Light")).to_be_enabled()
    audio_device.play(light_on_recording)
    for each in (tab, other_tab):
        expect(each.get_by_role("switch", name="Light")).to_be_checked(timeout=MS)
        expect(newest(each)).to_contain_text("switched on", timeout=MS)
    newest(tab).get_by_role("button", name="nothing").click()
    for each in (tab, other_tab):
        expect(newest(each).get_by_role("button", name="nothing")).to_have_attribute(
            "aria-pressed", "true", timeout=MS
        )
    other_tab.get_by_role("switch", name="Light").click()
    expect(tab.get_by_role("switch", name="Light")).not_to_be_checked(timeout=MS)
    assert soon(lambda: light_events(lamp.state)[-1:] == [(False, "page")])
    before = light_events(lamp.state)

    first = newest(tab).get_attribute("id")
    audio_device.play(light_on_recording)
    expect(tab.locator("#newest .utterance").nth(1)).to_have_attribute("id", first or "", timeout=MS)
    expect(newest(tab)).to_contain_text("did nothing")
    assert light_events(lamp.state) == before
    assert labels(lamp.state) == [("none", "corrected")]


def test_a_trial_run_shows_its_progress_and_what_came_of_it(tab: Page, lamp: LampWithPage):
    lamp.open(tab, "/model")
    tab.get_by_role("button", name="Only try").click()
    expect(tab.locator("#retrain-progress")).to_be_visible()
    expect(tab.get_by_role("button", name="Retrain now")).to_have_count(0)
    expect(tab.locator("#retrain .account")).to_contain_text("Trial run: ", timeout=2 * MS)
    expect(tab.get_by_role("button", name="Retrain now")).to_be_enabled()
    with read_journal(lamp.state) as reader:
        assert reader is not None
        assert reader.retrainings() == []


def test_the_slider_and_the_number_move_together_and_the_number_is_kept(tab: Page, lamp: LampWithPage):
    lamp.open(tab, "/model")
    slider, number = tab.locator("#a-day-slider"), tab.locator("#a-day")
    slider.focus()
    tab.keyboard.press("Home")
    expect(number).to_have_value("0.01")
    number.fill("10")
    expect(slider).to_have_value("1")
    tab.get_by_role("button", name="Set").click()
    assert soon(lambda: (lamp.state / "budget.json").exists())
    tab.reload()
    expect(number).to_have_value("10")


def test_going_back_is_asked_and_the_lamp_takes_it_up(tab: Page, lamp: LampWithPage):
    lamp.open(tab, "/model")
    promoted = in_service(lamp.state).name
    expect(tab.locator(f"#b{promoted}")).to_contain_text("in service")
    tab.get_by_role("link", name="Go back to this").click()
    expect(tab.get_by_text("go back over 1 promotion")).to_be_visible()
    assert in_service(lamp.state).name == promoted
    tab.get_by_role("button", name="Put it into service").click()
    expect(tab.get_by_text(f"{BASE.version} is in service: the lamp uses it")).to_be_visible()
    assert in_service(lamp.state) == BASE_BUNDLE
    with read_journal(lamp.state) as reader:
        assert reader is not None
        assert reader.promotions()[-1].bundle == BASE.version
    tab.goto(f"http://127.0.0.1:{lamp.port}/model")
    expect(tab.locator(f"#b{promoted}").get_by_role("link", name="Put into service again")).to_be_visible()


def test_what_is_forgotten_is_gone(tab: Page, lamp: LampWithPage):
    lamp.open(tab, "/history")
    expect(tab.locator("#utterances .utterance").first).to_be_visible()
    tab.get_by_role("link", name="Forget what was heard").click()
    tab.get_by_role("button", name="Everything: show what that is").click()
    tab.get_by_role("button", name="Forget it for good").click()
    expect(tab.get_by_role("heading", name="Forgotten")).to_be_visible()
    tab.goto(f"http://127.0.0.1:{lamp.port}/history")
    expect(tab.get_by_text("Nothing was heard yet.")).to_be_visible()
    assert labels(lamp.state) == []
    assert ask(lamp.state, {"do": "status"})["state"] == "listening"
