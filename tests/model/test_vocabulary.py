"""Words and ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ModelError
from model.vocabulary import START, EvidenceNumbering, Vocabulary, split_words

VOCABULARY = Vocabulary(("the", "light", "on"), hashed_slots=4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Turn ON the light!", "turn on the light"),
        ("don\u2019t -- turn it on", "don't turn it on"),
        ("it 's dark, is n't it", "it's dark isn't it"),
        ("'quoted' words", "quoted words"),
        ("snake_case\tand\nlines", "snake case and lines"),
        ("  ", ""),
        ("' '' '", ""),
        ("gr\u00fc\u00df dich", "gr\u00fc\u00df dich"),
    ],
)
def test_text_becomes_words_as_the_recogniser_writes_them(text, words):
    assert split_words(text) == tuple(words.split())


@given(st.text())
def test_splitting_again_changes_nothing(text):
    words = split_words(text)
    assert split_words(" ".join(words)) == words


@given(st.text(min_size=1))
def test_every_word_has_an_id_within_the_vocabulary_and_never_the_start(word):
    assert 0 < VOCABULARY.id(word) < len(VOCABULARY)


def test_known_words_come_in_order_and_unseen_ones_share_the_slots_at_the_end():
    assert VOCABULARY.ids(["the", "light", "on"]) == [1, 2, 3]
    unseen = {VOCABULARY.id(f"word{n}") for n in range(100)}
    assert unseen == {4, 5, 6, 7}
    assert len(VOCABULARY) == 8


def test_an_unseen_word_falls_into_the_same_slot_on_every_machine():
    assert [VOCABULARY.id(word) for word in ("lumos", "nox", "zimt")] == [6, 6, 4]


def test_the_most_frequent_words_are_kept_and_ties_are_ordered_by_spelling():
    assert Vocabulary.from_counts({"b": 1, "a": 1, "z": 9, "rare": 0.5}, 3, 1).words == ("z", "a", "b")


@pytest.mark.parametrize(("words", "slots"), [(("a", "a"), 1), ((START,), 1), (("a",), 0)])
def test_an_impossible_vocabulary_is_refused(words, slots):
    with pytest.raises(ModelError):
        Vocabulary(words, slots)


@pytest.mark.parametrize("slots", [-1, 99])
def test_sound_slots_are_those_of_key_words(slots):
    with pytest.raises(ModelError, match="sound slots"):
        Vocabulary(("a",), 1, slots)


def test_an_unseen_word_that_sounds_like_a_key_word_shares_a_slot_with_its_likes():
    vocabulary = Vocabulary(("the", "like"), hashed_slots=4, sound_slots=2)
    assert len(vocabulary) == 9
    assert vocabulary.ids(("lite", "lamb", "often")) == [7, 7, 8]
    assert vocabulary.id("like") == 2  # seen, so it has an id of its own
    assert 3 <= vocabulary.id("witch") < 7  # the third key word has no slot here
    assert 3 <= vocabulary.id("umbrella") < 7


def test_words_beside_are_unseen_but_for_the_n_grams():
    vocabulary = Vocabulary(("the", "light"), hashed_slots=4, sound_slots=1, beside=("lumos", "nox"))
    assert len(vocabulary) == 8
    assert 3 <= vocabulary.id("lumos") < 7
    assert EvidenceNumbering(vocabulary).ids(("lumos", "nox", "light")) == [8, 9, 2]
    assert vocabulary.evidence_id("umbrella") == vocabulary.id("umbrella")
    with pytest.raises(ModelError):
        Vocabulary(("the",), 1, beside=("the",))
