"""Takes docs/pictures/page.png and page_month.png, the page on a phone: `python docs/pictures/make_page.py`.

For the first the real lamp hears recordings and learns from its switch; then Debian's Chromium looks at the moment when
it acts on another. The second shows Model and Charts of a made-up month. Needs the packages of the extra `test`.
"""

import json
import random
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from export.bundle import BASE_BUNDLE, load_bundle, write_recalibrated
from model.intent import Intent
from runtime.config import Config
from runtime.control_server import ControlServer
from runtime.events import Decided, Event, Switched
from runtime.health import Health
from runtime.journal.days import DayFigures
from runtime.journal.journal import Journal
from runtime.journal.records import UtteranceRecord
from runtime.lamp import load_lamp
from runtime.learning.assembly import learn_in_script
from runtime.page.server import make_server
from runtime.releases.promotion import promote
from runtime.simulate.files import simulate_files
from runtime.simulate.recordings import simulate
from runtime.watchers import Watchers

PICTURE = Path(__file__).parent / "page.png"
MONTH_PICTURE = Path(__file__).parent / "page_month.png"
RECORDINGS = Path(__file__).parents[2] / "recordings"

HEARD = (
    ("please_switch_off_the_lamp_in_the_kitchen", None),
    ("remind_me_to_buy_light_bulbs", None),
    ("its_late_please_switch_off_the_lamp", None),
    ("leave_the_light_on_for_the_kids", "light_off"),
    ("i_cant_see_anything_in_here", "light_on"),
    ("there_will_be_light_rain_tonight", None),
)
"""Recordings, and to what a person switches the light by hand a little later."""

MOMENT = "i_would_like_some_light_to_read_my_book"
"""The picture is taken when the lamp acts on this, before the sentence has ended."""

ACTS_FROM = 0.95
"""Probability from which the lamp of the made-up month acts."""

WIDTH, HEIGHT = 390, 780
"""Of a phone, in CSS pixels; the picture has both, side by side."""

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run"]  # fmt: skip


class Silent:
    """A report that tells nobody."""

    def begin(self, source: str) -> None:
        """A recording begins."""

    def show(self, event: Event) -> None:
        """An event."""

    def note(self, line: str) -> None:
        """A line."""

    def close(self) -> None:
        """The end."""


class Moment(Silent):
    """Passes on what is heard until the lamp acts, and holds on there."""

    def __init__(self, watchers: Watchers, health: Health) -> None:
        self._watchers = watchers
        self._health = health
        self._over = False

    def show(self, event: Event) -> None:
        """Tell it, unless the moment is over."""
        if self._over:
            return
        self._tell(event)
        if isinstance(event, Decided):
            self._tell(Switched(event.time, event.decision.intent == "light_on"))
            self._over = True

    def _tell(self, event: Event) -> None:
        self._health.count(event)
        self._watchers.tell(event)


def live(state: Path) -> None:
    """Some evenings with the lamp, as its journal has them."""
    script = state / "evening.jsonl"
    lines: list[dict[str, object]] = []
    for number, (name, by_hand) in enumerate(HEARD):
        at = 100.0 * number + 10.0
        lines.append({"at": at, "say": str(RECORDINGS / f"{name}.wav")})
        if by_hand is not None:
            lines.append({"at": at + 7.0, "switch": by_hand})
    script.write_text("\n".join(map(json.dumps, lines)))
    simulate_files([script], Config(), Silent(), print, learn_in_script, state=state)


@contextmanager
def page_of(state: Path) -> Iterator[tuple[str, Moment]]:
    """Where the page of this state folder is served, and what passes on to it what a lamp hears."""
    watchers, health = Watchers(), Health(microphone="USB microphone")
    health.state, health.bundle = "listening", load_lamp(Config()).service.brain.bundle.version
    config = Config.model_validate({"state_dir": str(state)})
    with (
        ControlServer(state, {"status": lambda _: health.snapshot()}, {"watch": watchers.take}),
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        server = make_server(config)
        serving = threading.Thread(target=server.run, args=([listening],))
        serving.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", Moment(watchers, health)
        server.stop()
        serving.join()
        watchers.close()


def made_up_month(state: Path) -> None:
    """A journal and a promotion as a household might have them after a month: numbers drawn at random, no lamp."""
    chance, now = random.Random(4), time.time()
    with Journal.open(state) as journal:
        session = journal.begin_session()
        for back in range(31, -1, -1):
            day = date.today() - timedelta(days=back)
            for number in range(240):
                asked = number % 30 == 0
                sure = chance.random() ** (0.04 if asked else 40)
                at = now - 86_400 * back - 180 * number
                utterance = journal.add_utterance(made_up(session, at, sure))
                if asked or sure > ACTS_FROM:
                    meant: Intent = "light_on" if asked else "none"
                    journal.add_label(
                        utterance, meant, "unobjected" if asked == (sure > ACTS_FROM) else "claimed", at
                    )
            took = 0.5 + 0.1 * chance.random()
            journal.add_day(
                DayFigures(day.isoformat(), 8, took, 1.5 * took, 2 * took, 200 + 20 * chance.random())
            )
    base = load_bundle(BASE_BUNDLE)
    with tempfile.TemporaryDirectory() as folder:
        write_recalibrated(Path(folder) / "b", base, base.thresholds, base.final_thresholds, {})
        tried = {"commands": 154, "missed": 5, "others": 6_200, "false_activations": 2}
        promote(
            state, Path(folder) / "b", {"candidate": tried, "incumbent": tried | {"missed": 9}, "lessons": 31}
        )


def made_up(session: int, at: float, sure: float) -> UtteranceRecord:
    """Two words, after which the light is this likely to be switched on."""
    return UtteranceRecord(
        *(None, session, 0.0, 1.0, at, ("some", "words"), (), "base"),
        probabilities=((0.01, 0.01, 0.98), (sure, 0.0, 1.0 - sure)),
        decided="light_on" if sure > ACTS_FROM else None,
        decided_word=2,
        decided_s=1.0,
        retracted=False,
        audio=None,
        ended=(sure, 0.0, 1.0 - sure),
    )


def take_month() -> bytes:
    """Model and Charts, as PNG."""
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder, sync_playwright() as playwright:
        state = Path(folder)
        made_up_month(state)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        parts = []
        with page_of(state) as (place, _):
            for path, colours in (("/model", "light"), ("/charts", "dark")):
                tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=colours)
                tab.goto(place + path)
                tab.wait_for_load_state("networkidle")
                parts.append(tab.screenshot())
        picture = side_by_side(browser.new_page(), parts)
        browser.close()
    return picture


def side_by_side(browser_page: Page, parts: list[bytes]) -> bytes:
    """One picture of several of the same size."""
    from base64 import b64encode

    shown = "".join(f'<img src="data:image/png;base64,{b64encode(part).decode()}">' for part in parts)
    style = f"body{{margin:0;display:flex;gap:16px;background:#888}}img{{width:{WIDTH}px;height:{HEIGHT}px}}"
    browser_page.set_viewport_size({"width": len(parts) * WIDTH + 16 * (len(parts) - 1), "height": HEIGHT})
    browser_page.set_content(f"<style>{style}</style>{shown}")
    browser_page.wait_for_function("[...document.images].every((image) => image.complete)")
    return browser_page.screenshot()


def take() -> bytes:
    """The picture, as PNG."""
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder, sync_playwright() as playwright:
        state = Path(folder)
        live(state)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        size = {"width": WIDTH, "height": HEIGHT}
        with page_of(state) as (place, moment):
            now = browser.new_page(viewport=size, color_scheme="dark")
            now.goto(place)
            now.wait_for_selector("#switch:not([disabled])")
            time.sleep(1.0)  # its connection for events
            simulate([RECORDINGS / f"{MOMENT}.wav"], load_lamp(Config()), moment, print, real_time=False)
            now.wait_for_selector('[data-lit="yes"]')
            time.sleep(0.5)
            history = browser.new_page(viewport=size, color_scheme="light")
            history.goto(f"{place}/history")
            parts = [page.screenshot() for page in (now, history)]
        picture = side_by_side(browser.new_page(), parts)
        browser.close()
    return picture


if __name__ == "__main__":
    PICTURE.write_bytes(take())
    MONTH_PICTURE.write_bytes(take_month())
