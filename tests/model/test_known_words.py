"""Which words get an id: the frequent ones, and those that tell most."""

import random
from dataclasses import replace

import pytest

from model.examples import Utterance
from model.known_words import known_words
from model.vocabulary import split_words

NEUTRAL = [f"neutral{n}" for n in range(12)]
"""Said 12 times each, by everybody of everything."""


def utterance(text: str, intent: str = "none", weight: float = 1.0) -> Utterance:
    return Utterance(split_words(text), intent, weight)


def said() -> list[Utterance]:
    everyday = [utterance(f"the lamp {word}") for word in NEUTRAL for _ in range(10)]
    orders = [utterance(f"the lamp {word}", way) for word in NEUTRAL for way in ("light_on", "light_off")]
    telling = [utterance(f"{word} the lamp", "light_off") for word in ("douse", "darken") for _ in range(6)]
    return [*everyday, *orders, *telling]


def test_a_telling_word_is_known_before_a_more_frequent_one_that_tells_nothing():
    known = known_words(said(), 10, frequent=0.7)
    assert {"the", "lamp", "douse", "darken"} <= set(known)
    assert len(known) == 10


def test_most_of_the_room_is_for_the_most_frequent_words():
    assert len(set(known_words(said(), 10)) & {"the", "lamp", *NEUTRAL}) == 8


def test_words_that_are_asked_for_by_name_are_known_however_rare():
    assert {"she", "never", "snap"} <= set(
        known_words([*said(), utterance("she never snap", weight=0.1)], 10)
    )


def test_what_is_said_of_lamps_counts_more_than_the_rest():
    weather, lamps = [utterance("rain in boston")] * 20, [utterance("the router is off")] * 5
    assert known_words([*weather, *lamps], 4, frequent=1.0) == ["is", "off", "router", "the"]


def test_all_may_be_chosen_by_how_often_they_are_said():
    assert set(known_words(said(), 10, frequent=1.0)) < {"the", "lamp", *NEUTRAL}


def test_a_word_heard_once_in_a_command_is_no_telling_word():
    once, elsewhere = utterance("the lamp coroner", "light_off", 0.5), [utterance("the lamp counter")] * 11
    known = known_words([*said(), once, *elsewhere], 10, frequent=0.7)
    assert {"douse", "darken", "counter"} <= set(known)
    assert "coroner" not in known


def test_words_before_a_command_say_nothing_about_it():
    after = [Utterance(("babble", "the", "lamp"), "light_on", since=1)] * 9
    assert "babble" not in known_words([*said(), *after], 12)
    assert "babble" in known_words([*said(), *(replace(u, since=0) for u in after)], 12)


def test_the_order_of_utterances_does_not_matter():
    shuffled = said()
    random.Random(0).shuffle(shuffled)
    assert known_words(shuffled, 10) == known_words(said(), 10)


@pytest.mark.parametrize("size", [16, 100])
def test_where_there_is_room_all_words_are_known(size):
    assert known_words(said(), size) == sorted({"the", "lamp", "douse", "darken", *NEUTRAL})
