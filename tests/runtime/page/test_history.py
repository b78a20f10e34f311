"""History: everything is there once, found, escaped, heard again, and set right by the lamp itself."""

import re
import time
from pathlib import Path

import pytest

from runtime.journal.clips import save_clip
from runtime.page.history import EACH
from tests.runtime.diary import heard
from tests.runtime.page.browsing import Browser, Page

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg><script>",
    "{{7*7}}${7*7}",
    "' onfocus=alert(1) autofocus='",
    "javascript:alert(1)",
)


def pages(browser: Browser, path: str) -> list[list[int]]:
    """The numbers on each page, from this one on."""
    found = []
    while path:
        page = browser.get(path)
        found.append(page.utterances)
        path = next((a["href"] for a in page.all("a", rel="next")), None)
    return found


def fill(journal, number: int, **more) -> list[int]:
    numbers = [journal.add_utterance(heard("lumos", **more)) for _ in range(number)]
    journal.flush()
    return numbers


def test_before_anything_was_heard_the_page_says_so(browser: Browser):
    assert "Nothing was heard yet" in browser.get("/history").text
    assert "Nothing was heard yet" in browser.get("/").text


def test_paging_shows_each_once_newest_first_also_when_some_are_heard_or_forgotten_meanwhile(
    browser, journal
):
    numbers = fill(journal, 2 * EACH + 5)
    first = browser.get("/history")
    further = first.all("a", rel="next")[0]["href"]
    fill(journal, 3)
    journal.remove(numbers[5:7])
    met = [number for page in [first.utterances, *pages(browser, further)] for number in page]
    assert met == [number for number in reversed(numbers) if number not in numbers[5:7]]
    assert [len(page) for page in pages(browser, "/history?only=doubtful")] == [EACH, EACH, 6]


@pytest.mark.parametrize(
    "query",
    [
        "beyond=x",
        "beyond=-1",
        "beyond=" + "9" * 40,
        "only=nonsense",
        "beyond=%00",
        "q=%ff",
        "only=all&only=misses",
        "q=",
    ],
)
def test_what_is_no_question_shows_the_beginning_or_nothing(browser, journal, query):
    fill(journal, 2)
    browser.get(f"/history?{query}")


def test_filters_and_words_find_what_they_say(browser, journal):
    wrong = journal.add_utterance(heard("so dark", decided="light_on", decided_word=2, decided_s=2.0))
    missed = journal.add_utterance(heard("nox"))
    plain = journal.add_utterance(heard("what a day"))
    journal.add_label(wrong, "none", "objected", 5.0)
    journal.add_label(missed, "light_off", "claimed", 5.0)
    assert browser.get("/history?only=false_activations").utterances == [wrong]
    assert browser.get("/history?only=misses").utterances == [missed]
    assert browser.get("/history?only=doubtful").utterances == [plain]
    assert browser.get("/history?q=DAY").utterances == [plain]
    assert browser.get("/history?q=dark&only=misses").utterances == []


def test_it_is_told_what_was_decided_when_and_what_was_meant(browser, journal):
    number = journal.add_utterance(
        heard("turn it on please", decided="light_on", decided_word=3, decided_s=1.0, retracted=True)
    )
    journal.add_label(number, "light_on", "claimed", 5.0)
    page = browser.get("/history")
    assert "switched on after word 3 of 4, 1.5 s before the end, taken back at the end" in page.text
    assert "it was switched by hand after this" in page.text
    (pressed,) = page.all("button", **{"aria-pressed": "true"})
    assert pressed["value"] == "light_on"
    assert len(page.all("line", class_="at")) == 1
    assert page.all("polyline", class_="light_off")


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_said_searched_or_sent_stays_text(browser, journal, text):
    journal.add_utterance(
        heard(text, bundle=text, audio=text, decided="light_on", decided_word=1, decided_s=1.0)
    )
    journal.flush()
    plain = {tag for tag, _ in browser.get("/history?q=nothing-like-it").tags}
    for path in (
        "/",
        "/newest",
        "/history",
        "/history?q=" + text,
        "/enter?key=" + text,
        "/forget?before=" + text,
    ):
        answer = browser.client.get(path)
        page = Page(answer.text)
        assert not [
            a for _, a in page.tags if any(name.startswith("on") or name == "autofocus" for name in a)
        ]
        assert {tag for tag, _ in page.tags} - plain <= {
            *(
                "li",
                "ul",
                "q",
                "span",
                "time",
                "svg",
                "line",
                "polyline",
                "circle",
                "rect",
                "title",
                "audio",
                "dl",
                "dt",
            ),
            *(
                "dd",
                "div",
                "section",
                "meter",
                "output",
                "noscript",
                "path",
                "strong",
                "pre",
                "a",
                "h2",
                "button",
            ),
        }
        assert len(page.all("script")) <= 1
    assert text in browser.get("/history").text.replace(" (decided here) ", "")


def answers(journal, sent: list[dict]):
    """What a running lamp would do, on this journal."""

    def correct(request: dict) -> dict:
        sent.append(request)
        journal.add_label(request["id"], request["intent"], "corrected", time.time())
        return {"waits": "the training packages are missing."}

    def uncorrect(request: dict) -> dict:
        sent.append(request)
        journal.remove_label(request["id"])
        return {"waits": None}

    return {
        "status": lambda _: {"state": "listening", "light": None},
        "correct": correct,
        "uncorrect": uncorrect,
    }


def test_a_button_has_the_running_lamp_label_and_comes_back_to_the_same_place(browser, journal, running):
    (number,) = fill(journal, 1)
    sent: list[dict] = []
    running(answers(journal, sent))
    back = "/history?only=doubtful&q=lu"
    answer = browser.post(f"/utterance/{number}/label", intent="light_off", back=back)
    assert answer.headers["location"] == f"{back}#u{number}"
    assert sent == [{"do": "correct", "id": number, "intent": "light_off"}]
    shown = browser.get("/history").all("button", **{"aria-pressed": "true"})
    assert [button["value"] for button in shown] == ["light_off"]
    browser.post(f"/utterance/{number}/label", intent="undo")
    assert sent[1] == {"do": "uncorrect", "id": number}
    assert browser.get("/history").all("button", **{"aria-pressed": "true"}) == []


def test_our_script_gets_the_utterance_as_it_is_now_and_why_the_lamp_waits(browser, journal, running):
    (number,) = fill(journal, 1)
    running(answers(journal, []))
    answer = browser.post(
        f"/utterance/{number}/label", 200, headers={"x-part": "1"}, intent="light_on", back="/"
    )
    page = Page(answer.text)
    assert page.utterances == [number]
    assert page.all("html") == []
    assert "does not act on it yet: the training packages are missing." in page.text
    assert page.all("input", name="back")[0]["value"] == "/"


def test_without_a_lamp_the_journal_is_labelled_as_the_command_does_it(browser, journal):
    (number,) = fill(journal, 1)
    journal.close()
    browser.post(f"/utterance/{number}/label", intent="none")
    assert "somebody said so" in browser.get("/history").text
    refused = browser.post("/utterance/999/label", 409, headers={"x-part": "1"}, intent="none")
    assert "there is no utterance 999" in refused.text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil", "javascript:x", "", "/leave"]
)
def test_a_form_leads_back_to_the_history_and_nowhere_else(browser, journal, running, back):
    (number,) = fill(journal, 1)
    running(answers(journal, []))
    answer = browser.post(f"/utterance/{number}/label", intent="none", back=back)
    assert answer.headers["location"] == f"/history#u{number}"


@pytest.mark.parametrize("intent", ["", "on", "LIGHT_ON", "<script>"])
def test_an_utterance_can_mean_three_things_only(browser, journal, intent):
    (number,) = fill(journal, 1)
    browser.post(f"/utterance/{number}/label", 400, intent=intent)


def test_sound_is_played_where_it_is_kept_in_parts_too(browser, journal, state):
    import numpy as np

    name = save_clip(state, np.zeros(1600, np.int16), 1_000.0, 1)
    (number,) = fill(journal, 1, audio=name)
    assert browser.get("/history").all("audio")[0]["src"] == f"/utterance/{number}/sound"
    answer = browser.client.get(f"/utterance/{number}/sound")
    assert (answer.headers["content-type"], answer.content[:4]) == ("audio/flac", b"fLaC")
    part = browser.client.get(f"/utterance/{number}/sound", headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"fLaC")


@pytest.mark.parametrize("name", ["../journal.db", "/etc/passwd", "..", "", "gone.flac", "a/b.flac"])
def test_only_sound_is_played_whatever_the_journal_says(browser, journal, state: Path, name):
    (state / "audio").mkdir()
    (number,) = fill(journal, 1, audio=name)
    browser.get(f"/utterance/{number}/sound", status=404)
    browser.get(f"/utterance/{'9' * 30}/sound", status=404)
    browser.get("/utterance/-1/sound", status=404)


def test_a_journal_that_cannot_be_read_is_told_and_the_switch_stays(browser, state: Path):
    (state / "journal.db").write_bytes(b"a letter home, longer than the head of a database; " * 30)
    assert "it is damaged" in browser.get("/history", status=409).text
    assert browser.get("/").all("button", id="switch")


def test_a_page_of_long_sentences_stays_small(browser, journal):
    for _ in range(EACH):
        journal.add_utterance(
            heard("turn on the light in the kitchen please now", decided="light_on", decided_word=4)
        )
    journal.add_utterance(heard("word " * 500))
    journal.flush()
    loaded = {"/history"} | set(
        re.findall(r'(?:src|href)="(/static/[^"]+)"', browser.client.get("/history").text)
    )
    assert sum(len(browser.client.get(path).content) for path in loaded) < 100_000
