"""What the recogniser wrote of spoken phrases: reading the file, and what of it is fit to train on."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from model.errors import ModelError
from model.examples import Utterance
from model.intent import INTENTS, Intent
from model.spoken import (
    SPLITS,
    SPOKEN,
    Partial,
    Spoken,
    edit_distance,
    held_out_texts,
    is_kept,
    read_spoken,
    spoken_utterances,
)

LINE: dict[str, Any] = {
    "said": "turn off the light",
    "intent": "light_off",
    "group": "direct",
    "voice": "flite slt",
    "condition": "noise12",
    "noise": "pink",
    "split": "train",
    "take": 7,
    "seconds": 2.5,
    "partials": [[1, 3], ["turn of", 1], [4, 2]],
    "final": "turn off the light",
}


def _file(folder: Path, *lines: object) -> Path:
    path = folder / "spoken.jsonl.xz"
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_bytes(lzma.compress(text.encode()))
    return path


def _heard(said: str, final: str, intent: Intent, *partials: str) -> Spoken:
    believed = tuple(Partial(tuple(words.split()), 1) for words in partials)
    return Spoken(
        tuple(said.split()), intent, "direct", "flite slt", "clean", 0, 2.0, believed, tuple(final.split())
    )


def test_a_partial_that_is_a_number_is_that_many_words_of_the_final(tmp_path: Path) -> None:
    path = _file(tmp_path, LINE, LINE | {"split": "test"})
    (one,) = read_spoken("train", path)
    assert one.partials == (
        Partial(("turn",), 3),
        Partial(("turn", "of"), 1),
        Partial(("turn", "off", "the", "light"), 2),
    )
    assert held_out_texts(_file(tmp_path, LINE, LINE | {"split": "test", "said": "other words"})) == {
        ("other", "words")
    }
    assert one.final == one.said == ("turn", "off", "the", "light")
    assert (one.intent, one.voice, one.condition, one.take) == ("light_off", "flite slt", "noise12", 7)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        LINE | {"intent": "off"},
        LINE | {"final": None},
        LINE | {"partials": [3]},
        {key: value for key, value in LINE.items() if key != "said"},
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, line: object) -> None:
    with pytest.raises(ModelError, match=r"spoken\.jsonl\.xz, line 2: not a spoken phrase"):
        read_spoken("train", _file(tmp_path, LINE, line))


def test_a_file_that_is_missing_or_no_archive_says_who_writes_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"recordings/spoken\.py writes it"):
        read_spoken("train", tmp_path / "none.xz")
    (tmp_path / "text.xz").write_text("no archive")
    with pytest.raises(ModelError, match=r"recordings/spoken\.py writes it"):
        read_spoken("train", tmp_path / "text.xz")


@pytest.mark.parametrize(
    ("said", "final", "intent", "kept"),
    [
        ("turn off the light", "turn off the light", "light_off", True),
        ("turn off the light", "turn of the light", "light_off", True),
        ("turn off the light", "turn on the light", "light_off", False),
        ("turn off the light", "the", "light_off", False),
        ("turn off the light", "", "light_off", False),
        ("it is so dark in here", "it is so dog in here", "light_on", False),
        ("it is so dark in here", "it's so dark in here", "light_on", True),
        ("turn the lights on", "turn a light or", "light_on", False),
        ("lights on", "the loss of a lights on the whole", "light_on", False),
        ("she turned the light off", "the", "none", True),
    ],
)
def test_a_command_is_kept_while_it_still_says_what_was_said(
    said: str, final: str, intent: Intent, kept: bool
) -> None:
    assert is_kept(_heard(said, final, intent)) is kept


def test_finals_are_training_text_with_the_intent_of_what_was_said() -> None:
    heard = [
        _heard("turn on the light", "turn on the like", "light_on"),
        _heard("turn on the light", "the", "light_on"),
        _heard("she left the light on", "she left the like on", "none"),
        _heard("nothing at all", "", "none"),
    ]
    assert spoken_utterances(heard) == [
        Utterance(("turn", "on", "the", "like"), "light_on"),
        Utterance(("she", "left", "the", "like", "on"), "none"),
    ]


def test_none_that_was_heard_as_a_command_is_left_out() -> None:
    heard = [
        _heard("don't turn on the light", "turn on the light", "none"),
        _heard("don't turn on the light", "turn on the like", "none"),
        _heard("turn on the heater", "turn on the", "none"),
        _heard("turn on the light", "turn on the like", "light_on"),
    ]
    assert [(" ".join(u.words), u.intent) for u in spoken_utterances(heard)] == [
        ("turn on the", "none"),
        ("turn on the like", "light_on"),
    ]


def test_edit_distance_counts_words() -> None:
    assert edit_distance(tuple("abcd"), tuple("abcd")) == 0
    assert edit_distance(tuple("abcd"), tuple("axcde")) == 2
    assert edit_distance((), tuple("ab")) == edit_distance(tuple("ab"), ()) == 2


def test_the_file_that_comes_with_the_project_is_small_and_tests_what_was_not_trained_on() -> None:
    assert SPOKEN.stat().st_size < 2_000_000
    train, test = (read_spoken(split) for split in SPLITS)
    for spoken in (train, test):
        assert {one.intent for one in spoken} == set(INTENTS)
        assert any(one.partials for one in spoken)
    assert not {one.said for one in train} & {one.said for one in test}
    assert not {one.voice.split()[0] for one in train} & {one.voice.split()[0] for one in test}
    assert sum(one.intent == "none" for one in spoken_utterances(train)) > 500
    assert sum(one.intent != "none" for one in spoken_utterances(train)) > 500
