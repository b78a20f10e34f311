"""Commands buried in talk: when the last words are read by themselves, and what becomes of what they say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.buried import (
    AFTER,
    LEAST,
    LONG,
    NOTHING,
    RECENT,
    Buried,
    from_arrays,
    kinds_in,
    passing,
    recent_ngrams,
    surer,
    surest,
    to_arrays,
)
from model.errors import ModelError
from model.vocabulary import Vocabulary
from tests.random_models import random_buried, random_model

TALK = "and so we went all the way back home again"
SAID = f"{TALK} he told me never to please turn the light lamp off out on enable it turned".split()
WORDS = Vocabulary(tuple(dict.fromkeys(SAID)), 4)
EMPTY = Buried(kinds=kinds_in(WORDS))


def ids(text: str) -> np.ndarray:
    return np.array([WORDS.ids(text.split())], np.int32)


def read_after(text: str) -> list[int]:
    """Words heard at which the end of a text is read."""
    return [at + 1 for at in passing(EMPTY.kinds_of(ids(text))[0].tolist())]


def test_the_end_of_long_talk_is_read_once_it_names_verb_lamp_and_particle():
    assert read_after(f"{TALK} turn off the light") == [14]
    assert read_after(f"{TALK} turn the light off") == [14]
    assert read_after(f"{TALK} enable the light") == [13]


def test_it_is_read_no_more_when_the_lamp_is_some_words_ago():
    count = len(TALK.split()) + 4
    heard = read_after(f"{TALK} turn off the light it it it it it it")
    assert heard == list(range(count, count + AFTER + 1))


@pytest.mark.parametrize(
    "text",
    [
        "turn off the light",  # not long
        f"{TALK} the light off",
        f"{TALK} turn the light",
        f"{TALK} turn off it",
        f"{TALK} light the turn off",
        f"turn off it {TALK} the light",
    ],
)
def test_what_lacks_a_part_is_not_read(text):
    assert read_after(text) == []


def test_what_is_told_or_forbidden_is_made_of_other_n_grams():
    def verb(text: str) -> int:
        padded = np.pad(ids(text), ((0, 0), (RECENT, 0)))[:, -RECENT:]
        return int(recent_ngrams(padded, EMPTY.kinds_of(padded)).reshape(-1, 3)[-4, 0])

    plain = verb(f"{TALK} turn off the light")
    assert plain == verb(f"{TALK} he told me so it it it it it it turn off the light")
    told, forbidden = (
        verb(f"{TALK} he told me to turn off the light"),
        verb(f"{TALK} never turn off the light"),
    )
    assert len({plain, told, forbidden}) == 3


def test_words_long_before_the_lamp_are_not_read():
    near = f"{TALK} please turn off the light"
    padded = np.pad(ids(near), ((0, 0), (RECENT, 0)))[:, -RECENT:]
    keys = recent_ngrams(padded, EMPTY.kinds_of(padded)).reshape(-1, 3)
    assert (keys[-6:, 0] >= 0).all()
    assert (keys[:-6] == -1).all()


@pytest.mark.parametrize("other", [0.0, 0.02])
def test_an_offset_puts_the_least_reading_that_counts_to_a_threshold_at_most(other):
    logits = np.log(np.array([LEAST, other, 1 - LEAST - other]) + 1e-12)
    logits[:2] += Buried().aligned(0.97).offset
    p = np.exp(logits) / np.exp(logits).sum()
    if other:
        assert p[0] < 0.97
    else:
        assert p[0] == pytest.approx(0.97)


def test_a_reading_below_the_least_says_nothing_whatever_the_offset():
    sure = replace(EMPTY, bias=np.float32([-3, -3]), offset=50.0)
    padded = np.pad(ids(f"{TALK} turn off the light"), ((0, 0), (RECENT, 0)))[:, -RECENT:]
    assert (sure.counting(padded) == NOTHING).all()


@given(st.lists(st.integers(1, 23), min_size=1, max_size=40), st.integers(0, 3))
@settings(deadline=None)
def test_reading_at_every_word_equals_reading_one_at_a_time(words, seed):
    buried = random_buried(np.random.default_rng(seed), 20)
    expected, best = [], NOTHING
    for heard in range(1, len(words) + 1):
        recent = np.array(([0] * RECENT + words[:heard])[-RECENT:])
        if heard >= LONG and words[heard - 1] != 23:
            best = surer(best, buried.read(recent))
        expected.append(best)
    assert np.allclose(buried.read_all(np.array([words], np.int32), 23)[0], expected, atol=1e-6)


@given(st.lists(st.integers(0, 22).map(lambda n: f"w{n}"), min_size=10, max_size=60))
@settings(deadline=None)
def test_what_was_asked_for_stays_asked_for_whatever_follows(sentence):
    model, vocabulary = random_model(2)
    readings = model.buried.read_all(np.array([vocabulary.ids(sentence)], np.int32), model.evidence.end)[0]
    assert (np.diff(readings[:, :2].max(axis=1)) >= 0).all()


def test_of_readings_the_one_surest_of_an_action_counts_from_then_on():
    rows = np.float32([[[0, 0, 1], [0.6, 0.1, 0.3], [0.1, 0.5, 0.4], [0, 0.9, 0.1], [0, 0, 1]]])
    assert surest(rows)[0].argmax(axis=1).tolist() == [2, 0, 0, 1, 1]


def test_it_comes_back_from_plain_arrays_and_nothing_else_is_taken_for_it():
    buried = random_buried(np.random.default_rng(1), 20)
    arrays = to_arrays(buried)
    again = from_arrays(arrays)
    assert (again.keys == buried.keys).all()
    assert again.offset == buried.offset
    with pytest.raises(ModelError, match="Buried commands need ascending n-grams"):
        from_arrays({**arrays, "keys": arrays["keys"][::-1].copy()})
