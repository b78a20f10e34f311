"""Counts by word and place: the same F as from features, and exact under adding and taking away."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.context_counts import GRID, class_counts, context_tables, targets
from model.examples import Examples, Utterance, encode
from model.intent import INTENTS
from model.vocabulary import END, Vocabulary

WORDS = tuple("abcdefgh")
VOCABULARY = Vocabulary(WORDS, 2)
V, RADIUS = len(VOCABULARY), 3

utterance = st.builds(
    Utterance,
    st.lists(st.sampled_from([*WORDS, "zebra"]), min_size=1, max_size=7).map(tuple),
    st.sampled_from(INTENTS),
    st.integers(1, 5).map(float),
    st.integers(0, 3),
    st.booleans(),
)
several = st.lists(utterance, min_size=1, max_size=6)


def tables(said: list[Utterance], target: str, classes: int) -> np.ndarray:
    return np.stack(list(context_tables(encode(said, VOCABULARY, 25), V, RADIUS, target, classes)))


@given(several, st.sampled_from([("intent", 3), ("next word", V)]))
@settings(deadline=None)
def test_tables_and_vectors_give_the_counts_of_the_features(said, target_and_classes):
    target, classes = target_and_classes
    E = np.round(np.random.default_rng(0).random((V, 4)) / GRID) * GRID
    F = np.concatenate([E.T @ table for table in tables(said, target, classes)])
    expected = np.zeros_like(F)
    examples = encode(said, VOCABULARY, 25)
    labels = targets(examples, target)
    counted = examples.counted() if target == "intent" else examples.followed()
    for n, m in zip(*np.nonzero(counted), strict=True):
        ids = examples.ids[n]
        x = np.concatenate([E[ids[m - k]] if k <= m else E[0] for k in range(RADIUS)])
        expected[:, labels[n, m]] += examples.weights[n] * x
    assert np.allclose(F, expected, atol=1e-4)


@given(several, several)
@settings(deadline=None)
def test_tables_of_two_parts_add_up_to_the_bits_of_the_whole(first, second):
    whole = tables(first + second, "intent", 3)
    assert (tables(first, "intent", 3) + tables(second, "intent", 3) == whole).all()
    assert (whole - tables(second, "intent", 3) == tables(first, "intent", 3)).all()


@given(several)
@settings(deadline=None)
def test_relabelling_moves_an_example_from_class_to_class_and_back(said):
    first, *rest = said
    other = INTENTS[(INTENTS.index(first.intent) + 1) % 3]
    turned = Utterance(first.words, other, first.weight, first.since, first.finished)
    moved = tables(said, "intent", 3) - tables([first], "intent", 3) + tables([turned], "intent", 3)
    assert (moved == tables([turned, *rest], "intent", 3)).all()


def test_talk_before_a_command_is_no_example():
    examples = encode([Utterance(("a", "b", "c"), "light_on", since=2)], VOCABULARY, 25)
    assert examples.counted().tolist() == [[False, False, True, True]]
    assert class_counts(examples, "intent", 3).tolist() == [2.0, 0.0, 0.0]


def test_an_unfinished_utterance_has_no_end():
    said = [Utterance(("a", "b"), "light_on"), Utterance(("a", "b"), "light_on", finished=False)]
    assert encode(said, VOCABULARY, 25).lengths.tolist() == [2, 3]


def test_what_was_cut_or_broken_off_does_not_tell_what_follows_its_last_word():
    said = [Utterance(("a",) * 26, "none"), Utterance(("b", "c"), "none", finished=False)]
    said.append(Utterance(("d", "e"), "none"))
    examples = encode(said, VOCABULARY, 25)
    following = class_counts(examples, "next word", V)
    a, c, e, end = (VOCABULARY.id(word) for word in ("a", "c", "e", END))
    assert (following[a], following[c], following[e], following[end]) == (24, 1, 1, 1)
    assert following[0] == 1, "after the end of the finished one"
    assert following.sum() == 28
    assert class_counts(examples, "intent", 3).sum() == 25 + 2 + 3
    assert examples.words().sum(axis=1).tolist() == [2, 2, 25]


@given(several)
@settings(deadline=None)
def test_slices_of_equal_length_hold_every_utterance_once_and_no_padding(said):
    examples = encode(said, VOCABULARY, 25)
    parts = list(examples.equal_lengths(2))
    assert sum(len(part) for part in parts) == len(said)
    assert all((part.lengths == part.ids.shape[1]).all() and len(part) <= 2 for part in parts)
    for field in fields(Examples)[1:]:
        joined = np.concatenate([getattr(part, field.name) for part in parts])
        assert (joined == getattr(examples, field.name)).all()


@pytest.mark.parametrize(("words", "ids"), [(3, 4), (25, 26), (26, 25), (40, 25)])
def test_a_sentence_that_is_too_long_is_cut_and_has_no_end(words, ids):
    examples = encode([Utterance(("a",) * words, "none")], VOCABULARY, 25)
    assert examples.lengths.tolist() == [ids]
    assert (VOCABULARY.id(END) in examples.ids) == (words <= 25)
