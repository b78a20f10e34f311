"""Who may come in: links, cookies, and how often somebody may try."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.page.door import LINK_S, MOST_BROWSERS, Door
from runtime.page.tries import MOST, WITHIN_S, Tries
from tests.runtime.page.browsing import Browser

ROOT = Path(__file__).parents[3]
Elsewhere = Callable[[], Browser]

EVERYTHING = (
    "/",
    "/history",
    "/model",
    "/model/look",
    "/model/events",
    "/charts",
    "/newest",
    "/health",
    "/events",
    "/forget",
    "/utterance/1/sound",
    "/nowhere",
)


def let_in(browser: Browser, key: str) -> None:
    answer = browser.client.post("/enter", data={"key": key})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("path", EVERYTHING)
def test_elsewhere_nobody_sees_anything_without_being_let_in(from_elsewhere: Elsewhere, path: str):
    page = from_elsewhere().get(path, status=401)
    assert "foreglow page --link" in page.text
    assert page.all("nav") == []


def test_a_link_lets_one_browser_in_and_its_key_is_nowhere_afterwards(from_elsewhere: Elsewhere, door: Door):
    key = door.new_link()
    browser = from_elsewhere()
    assert browser.get(f"/enter?key={key}").all("input", name="key")[0]["value"] == key
    assert browser.client.cookies.get("foreglow") is None  # a look at the link uses up nothing
    let_in(browser, key)
    shown = browser.client.get("/")
    assert shown.status_code == 200
    assert key not in shown.text
    assert browser.client.cookies["foreglow"] != key


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(from_elsewhere: Elsewhere, door: Door):
    answer = from_elsewhere().client.post("/enter", data={"key": door.new_link()})
    parts = set(answer.headers["set-cookie"].split("; "))
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= parts
    assert not any(part.startswith("Domain") for part in parts)


def test_a_wrong_key_a_used_one_and_a_replaced_one_let_nobody_in(from_elsewhere: Elsewhere, door: Door):
    old = door.new_link()
    new = door.new_link()
    for key in ("", "x", old, new[:-1], f"{new} ", "ключ"):
        assert from_elsewhere().client.post("/enter", data={"key": key}).status_code == 401
    let_in(from_elsewhere(), new)
    assert from_elsewhere().client.post("/enter", data={"key": new}).status_code == 401


def test_a_link_is_good_for_a_day(state: Path):
    now = [1_000.0]
    door = Door(state, lambda: now[0])
    key = door.new_link()
    now[0] += LINK_S + 1
    assert door.use_link(key) is None
    key = door.new_link()
    now[0] += LINK_S - 1
    assert door.use_link(key) is not None


def test_after_leaving_neither_the_cookie_nor_the_link_nor_the_form_is_good_again(
    from_elsewhere: Elsewhere, door: Door
):
    key, browser = door.new_link(), from_elsewhere()
    let_in(browser, key)
    cookie, token = browser.client.cookies["foreglow"], browser.token()
    gone = browser.post("/leave")
    assert "Max-Age=0" in gone.headers["set-cookie"]
    browser.get("/", status=401)
    thief = from_elsewhere()
    thief.client.cookies.set("foreglow", cookie)
    refused = thief.client.get("/history")
    assert refused.status_code == 401
    assert "Max-Age=0" in refused.headers["set-cookie"]
    thief.client.cookies.set("foreglow", cookie)
    assert thief.client.post("/switch", data={"token": token, "to": "light_on"}).status_code == 401
    assert thief.client.post("/enter", data={"key": key}).status_code == 401


def test_another_browser_stays_in_when_one_leaves_and_across_a_restart(state: Path):
    door = Door(state)
    one, other = (door.use_link(door.new_link()) for _ in range(2))
    assert one is not None
    assert other is not None
    door.leave(one)
    again = Door(state)
    assert (again.knows(one), again.knows(other), again.knows("")) == (False, True, False)
    assert again.form_token(other) == door.form_token(other)


def test_no_more_than_so_many_browsers_are_in(state: Path):
    now = [0.0]
    door = Door(state, lambda: now[0])
    cookies = []
    for number in range(MOST_BROWSERS + 1):
        now[0] = float(number)
        cookies.append(door.use_link(door.new_link()) or "")
    assert [door.knows(cookie) for cookie in cookies[:2]] == [False, True]


def test_neither_a_link_nor_a_cookie_can_be_made_from_the_file_and_a_damaged_one_lets_nobody_in(state: Path):
    door = Door(state)
    used, key = door.use_link(door.new_link()), door.new_link()
    assert used is not None
    kept = (state / "page.json").read_text()
    assert used not in kept
    assert key not in kept
    for damage in ("", "{}", "[]", '{"secret": "a", "link": 3, "browsers": {}}', kept[:-20]):
        (state / "page.json").write_text(damage)
        door = Door(state)
        assert not door.knows(used)
        assert door.use_link(key) is None
    assert door.use_link(door.new_link()) is not None


def test_the_command_makes_a_link_and_keeps_its_secrets_private(state: Path, door: Door):
    config = state / "device.yaml"
    config.write_text(f"state_dir: {state}\npage: {{address: 0.0.0.0, port: 8123}}\n")
    command = [sys.executable, "-m", "runtime.cli", "page", "--link", "--json", "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    address, _, key = json.loads(done.stdout)["link"].partition("/enter?key=")
    assert address.endswith(":8123")
    assert door.use_link(key) is not None
    assert stat.S_IMODE((state / "page.json").stat().st_mode) == 0o600


def test_wrong_keys_are_listened_to_only_so_often(from_elsewhere: Elsewhere, door: Door):
    browser = from_elsewhere()
    inside = from_elsewhere()
    let_in(inside, door.new_link())
    codes = [browser.client.post("/enter", data={"key": f"{n}"}).status_code for n in range(MOST + 2)]
    assert codes == [401] * MOST + [429] * 2
    refused = browser.client.post("/enter", data={"key": door.new_link()})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= WITHIN_S + 1
    inside.get("/")  # who is in stays in, from the same address too


def test_wrong_cookies_count_as_wrong_keys(from_elsewhere: Elsewhere):
    browser = from_elsewhere()

    def code() -> int:
        browser.client.cookies.set("foreglow", "x" * 43)
        return browser.client.get("/").status_code

    assert [code() for _ in range(MOST + 1)] == [401] * MOST + [429]


def test_an_address_is_listened_to_again_after_a_while_and_others_never_wait():
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(MOST):
        tries.count("192.168.1.7")
    assert tries.wait_s("192.168.1.7") == WITHIN_S
    assert tries.wait_s("192.168.1.8") == 0.0
    now[0] = WITHIN_S
    assert tries.wait_s("192.168.1.7") == 0.0
    for number in range(5_000):
        tries.count(f"fe80::{number:x}")
    assert len(tries._wrong) <= 1_000
