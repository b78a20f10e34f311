"""What is answered at all: forms with their token, names that no stranger can have, the page's own files."""

import pytest

from tests.runtime.page.browsing import Browser

PATHS = (
    "/",
    "/history",
    "/newest",
    "/health",
    "/forget",
    "/model",
    "/model/events",
    "/charts",
    "/utterance/1/sound",
    "/nowhere",
    "/enter",
    "/static/page.css",
)


MODEL = ("/model/retrain", "/model/budget", "/model/exchange")


@pytest.mark.parametrize("token", ["", "0" * 64, "größer", None])
@pytest.mark.parametrize("path", ["/switch", "/mute", "/utterance/1/label", "/forget", "/leave", *MODEL])
def test_on_the_own_machine_too_a_form_needs_its_token(browser: Browser, path: str, token: str | None):
    browser.get("/")
    fields = {} if token is None else {"token": token}
    answer = browser.client.post(
        path, data={**fields, "to": "light_on", "intent": "none", "all": "1", "a_day": "3"}
    )
    assert answer.status_code == 403


def test_a_token_is_good_for_its_own_browser_only(browser: Browser, config):
    from starlette.testclient import TestClient

    from runtime.page.app import make_app

    other = Browser(TestClient(make_app(config), base_url="http://127.0.0.1:8080", follow_redirects=False))
    browser.post("/switch", status=403, token=other.token(), to="light_on")
    browser.post("/switch", status=503, to="light_on")  # with its own it gets as far as asking the lamp
    browser.client.cookies.clear()
    assert browser.client.post("/switch", data={"token": other.token(), "to": "light_on"}).status_code == 403


@pytest.mark.parametrize(
    ("origin", "site", "code"),
    [
        ("http://evil.example", "cross-site", 403),
        ("null", "same-origin", 403),
        ("http://127.0.0.1:9999", "same-site", 403),
        ("http://127.0.0.1:8080", "cross-site", 403),
        ("http://127.0.0.1:8080", "same-origin", 503),
    ],
)
def test_a_form_from_another_site_is_refused_even_with_the_token(browser: Browser, origin, site, code):
    headers = {"origin": origin, "sec-fetch-site": site}
    browser.post("/switch", status=code, headers=headers, to="light_on")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "192.168.1.20", "lamp", "", "[::2]:80", "localhost.evil"],
)
def test_on_the_own_machine_no_other_name_is_answered(browser: Browser, host: str):
    answer = browser.client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]:8080"])
def test_on_the_own_machine_its_own_names_are_answered(browser: Browser, host: str):
    browser.get("/", host=host)


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("evil.example", 421),
        ("lamp.evil.example", 421),
        ("lamp", 401),
        ("Lamp.Local:80", 401),
        ("10.0.0.7", 401),
    ],
)
def test_elsewhere_only_addresses_and_the_machines_own_names_are_answered(
    from_elsewhere, host: str, code: int
):
    from_elsewhere().get("/", status=code, host=host)


def test_two_names_at_once_are_refused(browser: Browser):
    request = browser.client.build_request("GET", "/")
    request.headers = type(request.headers)([("host", "127.0.0.1"), ("host", "evil.example")])
    assert browser.client.send(request).status_code == 421


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_keeps_the_browser_from_loading_running_framing_or_keeping_anything(
    browser: Browser, path
):
    headers = browser.client.get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    kept = "immutable" in headers["cache-control"]
    assert kept == path.startswith("/static/")
    assert kept or headers["cache-control"] == "no-store"


def test_what_fails_in_an_unforeseen_way_is_as_safe(config, monkeypatch):
    from starlette.testclient import TestClient

    from runtime.page import now
    from runtime.page.app import make_app

    monkeypatch.setattr(now, "_status", lambda _: 1 / 0)
    client = TestClient(make_app(config), base_url="http://127.0.0.1:8080", raise_server_exceptions=False)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "ZeroDivisionError" not in answer.text


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(browser: Browser):
    for path in ("/", "/history", "/forget", "/enter", "/model?look=1", "/charts"):
        page = browser.get(path)
        links = [a[k] for _, a in page.tags for k in ("src", "href", "action") if k in a]
        assert links
        assert [link for link in links if not (link or "").startswith(("/", "#"))] == []
        assert page.all("style") == []
        assert [a for _, a in page.tags if "style" in a or any(name.startswith("on") for name in a)] == []
        assert all(a.get("src") for a in page.all("script"))


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/door.py",
        "/static/..%5capp.py",
        "/static//etc/passwd",
        "/static/",
        "/static/page.css%00.js",
        "/static/templates/base.html",
    ],
)
def test_nothing_but_the_pages_own_files_can_be_had(browser: Browser, path: str):
    answer = browser.client.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "import" not in answer.text


def test_a_form_that_is_too_large_or_none_is_refused(browser: Browser):
    browser.post("/switch", status=413, to="x" * 20_000)
    token = browser.token()
    for body in ("a=1&" * 50, "token=" + token + "&to=%ff", b"\xff\xfe"):
        answer = browser.client.post("/switch", content=body)
        assert answer.status_code in (400, 403)
