"""Forgetting in the page: told before it is done, done for good, and nothing by mistake."""

import pytest

from runtime.journal.reading import read_journal
from tests.runtime.diary import files_with, heard, texts


@pytest.fixture
def said(journal):
    numbers = [
        journal.add_utterance(heard(text, wall_time=1e9 + n * 86_400))
        for n, text in enumerate(("lumos", "nox"))
    ]
    journal.flush()
    journal.close()
    return numbers


def left(state) -> list[str]:
    with read_journal(state) as reader:
        return texts(reader)


def test_it_is_told_first_what_would_go_and_nothing_goes(browser, state, said):
    for query, what in (
        (f"id={said[0]}", "1 utterance"),
        ("before=2001-09-10", "1 utterance"),
        ("all=1", "2 utterances"),
    ):
        page = browser.get(f"/forget?{query}")
        assert f"Would forget {what}, 0 labels" in page.text
        (kept,) = [field for field in page.all("input") if field["name"] in ("id", "before", "all")]
        assert f"{kept['name']}={kept['value']}" == query
    assert left(state) == ["nox", "lumos"]


def test_then_it_is_gone_from_every_file(browser, state, said):
    answer = browser.post("/forget", 200, id=str(said[0]))
    assert "Forgot 1 utterance" in answer.text
    assert left(state) == ["nox"]
    assert files_with(state, b"lumos") == []
    browser.post("/forget", 200, all="1")
    assert left(state) == []


@pytest.mark.parametrize(
    "fields",
    [{}, {"id": ""}, {"id": "1", "all": "1"}, {"all": "0"}, {"before": "soon"}, {"before": "0000-00-00"}, {"id": "-1"},
     {"id": "1e3"}, {"id": "²"}],
)  # fmt: skip
@pytest.mark.usefixtures("said")
def test_what_is_not_plain_forgets_nothing(browser, state, fields):
    browser.post("/forget", 400, **fields)
    assert left(state) == ["nox", "lumos"]


@pytest.mark.usefixtures("said")
def test_one_that_is_gone_already_is_told(browser):
    assert "there is no utterance 99" in browser.get("/forget?id=99", status=409).text
