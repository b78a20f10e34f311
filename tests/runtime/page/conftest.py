"""The page over a journal of its own, asked without a network, at home and from elsewhere."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright
from starlette.testclient import TestClient

from runtime.config import Config
from runtime.control_server import ControlServer, Handler
from runtime.journal.journal import Journal
from runtime.page.app import make_app
from runtime.page.door import Door
from tests.conftest import Require
from tests.runtime.page.browsing import Browser

LOOPBACK = "http://127.0.0.1:8080"
AT_HOME = "http://192.168.1.20:8080"

PATIENCE_S = 60.0
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run")  # fmt: skip

Browse = Callable[..., Browser]


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="foreglow-") as folder:
        yield Path(folder)


@pytest.fixture
def config(state: Path) -> Config:
    return Config.model_validate({"state_dir": str(state)})


@pytest.fixture
def journal(state: Path) -> Iterator[Journal]:
    """To be filled, and flushed, by the test."""
    with Journal.open(state) as opened:
        opened.begin_session()
        yield opened


@pytest.fixture
def browser(config: Config) -> Browser:
    """A browser on the lamp's own machine, while no lamp runs unless the test starts one."""
    return Browser(TestClient(make_app(config), base_url=LOOPBACK, follow_redirects=False))


@pytest.fixture
def door(state: Path) -> Door:
    return Door(state)


@pytest.fixture
def from_elsewhere(state: Path, door: Door) -> Callable[[], Browser]:
    """Browsers of the home network, all served by one page; none has been let in."""
    config = Config.model_validate({"state_dir": str(state), "page": {"address": "0.0.0.0"}})
    app = make_app(config, door=door, names={"lamp", "lamp.local"})
    return lambda: Browser(TestClient(app, base_url=AT_HOME, follow_redirects=False))


@pytest.fixture
def running(state: Path) -> Iterator[Callable[[dict[str, Handler]], None]]:
    """`running({"status": ...})`: a lamp that answers so."""
    servers: list[ControlServer] = []

    def run(handlers: dict[str, Handler]) -> None:
        servers.append(ControlServer(state, handlers).__enter__())

    yield run
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture(scope="module")
def chromium(require: Require) -> Iterator[Chromium]:
    require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Chromium) -> Iterator[Page]:
    """One that complains of every error of a script and every resource that was blocked."""
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE_S)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda told: complaints.append(told.text) if "Content Security Policy" in told.text else None,
    )
    yield page
    context.close()
    assert complaints == []
