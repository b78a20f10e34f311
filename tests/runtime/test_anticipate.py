"""Text in, decision out: what counts as text, and what is answered."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.anticipate import (
    LONGEST_TEXT,
    EncodingError,
    TextError,
    answer,
    check_text,
    read_lines,
)
from runtime.anticipator import Anticipator
from runtime.brain import load_brain
from runtime.config import DecideConfig
from tests.runtime.toy import LEANING_ON, POLICY, SURE_NONE, SURE_OFF, SURE_ON, HashedModel, ScriptedModel


@pytest.fixture(scope="module")
def brain():
    return load_brain(DecideConfig())


def ask(text):
    return answer(Anticipator(ScriptedModel(maybe=LEANING_ON), POLICY), text)


def test_the_answer_names_the_word_after_which_it_decided():
    found = ask("please on the lamp on")
    assert found.as_json() == {
        "text": "please on the lamp on",
        "decision": "light_on",
        "confidence": SURE_ON[0],
        "word": 2,
        "words": 5,
        "retracted": False,
        "trace": [
            {"word": word, "light_on": p[0], "light_off": p[1], "none": p[2]}
            for word, p in zip(
                "please on the lamp on".split(),
                [SURE_NONE, SURE_ON, SURE_NONE, SURE_NONE, SURE_ON],
                strict=True,
            )
        ],
    }
    assert '"please on | the lamp on"' in found.as_line()


def test_what_the_end_contradicts_is_none_and_said_to_be_taken_back():
    found = ask("on television")
    assert (found.intent, found.decision, found.retracted) == ("none", None, True)
    assert found.confidence == SURE_NONE[2]


def test_the_other_intent_at_the_end_wins():
    found = ask("on no off")
    assert (found.intent, found.confidence, found.retracted) == ("light_off", SURE_OFF[1], True)


def test_nothing_said_is_none():
    found = ask(" ?! ")
    assert found.as_json() == {
        "text": " ?! ",
        "decision": "none",
        "confidence": 1.0,
        "word": None,
        "words": 0,
        "retracted": False,
        "trace": [],
    }


@given(st.lists(st.text(alphabet="abc ", max_size=12), max_size=5))
def test_answers_do_not_depend_on_what_was_asked_before(texts):
    anticipator = Anticipator(HashedModel(), POLICY)
    for text in texts:
        assert answer(anticipator, text) == answer(Anticipator(HashedModel(), POLICY), text)


def lines_of(content: bytes):
    return list(read_lines(io.BytesIO(content)))


def test_every_line_is_an_utterance_also_an_empty_one_and_the_last_without_its_end():
    assert lines_of(b"turn on\r\n\nlight") == ["turn on", "", "light"]


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))))
def test_lines_are_read_as_they_were_written(texts):
    assert lines_of("".join(f"{text}\n" for text in texts).encode()) == texts


@pytest.mark.parametrize("character", ["a", "é", "\N{GRINNING FACE}"])
def test_a_line_may_be_just_as_long_as_said(character):
    longest, longer = character * LONGEST_TEXT, character * (LONGEST_TEXT + 1)
    first, second, third = lines_of(f"{longest}\n{longer}\nlight\n".encode())
    assert (first, third) == (longest, "light")
    assert isinstance(second, TextError)


def test_a_line_of_a_million_characters_is_refused_by_number_and_the_others_go_on():
    before, refused, after = lines_of(b"on\n" + b"light " * 200_000 + b"\noff")
    assert (before, after) == ("on", "off")
    assert "line 2 of the input is longer than 10,000 characters" in str(refused)


def test_the_first_line_that_is_not_utf8_is_named_after_those_before_it():
    lines = read_lines(io.BytesIO(b"turn on\ncaf\xe9\nlight\n"))
    assert next(lines) == "turn on"
    with pytest.raises(EncodingError, match=r"line 2 of the input is not UTF-8 text \(byte 4\)"):
        next(lines)


def test_the_text_of_the_command_line_is_checked_too():
    with pytest.raises(TextError, match="UTF-8"):
        check_text("caf\udce9")
    with pytest.raises(TextError, match="10,000"):
        check_text("a" * (LONGEST_TEXT + 1))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("turn on the light", "light_on"),
        ("Switch off the lights, please.", "light_off"),
        ("what time is it", "none"),
        ("xyzzy plugh frobnicate", "none"),
    ],
)
def test_the_base_model_decides_on_text(brain, text, intent):
    found = answer(brain.anticipator(), text)
    assert found.intent == intent
    assert len(found.trace) == len(found.words)


def test_configured_thresholds_take_the_place_of_the_calibrated_ones(brain):
    strict = load_brain(DecideConfig.model_validate({"thresholds": {"light_on": 1.0}}))
    assert strict.policy.thresholds["light_on"] == strict.policy.final_thresholds["light_on"] == 1.0
    assert strict.policy.thresholds["light_off"] == brain.policy.thresholds["light_off"]
