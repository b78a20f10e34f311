"""Evidence of n-grams: numbers of n-grams, sums of weights, and the mixture with the network."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import ModelError
from model.evidence import (
    MOST_IDS,
    NEGATED,
    NO_EVIDENCE,
    NO_NGRAM,
    SCOPE,
    Evidence,
    Mix,
    from_arrays,
    ngrams,
    ngrams_at,
    softmax,
    to_arrays,
)
from tests.random_models import random_model

MODEL, _ = random_model(5)
EVIDENCE = MODEL.evidence
NONE = np.zeros(0, np.int64)
sentences = st.lists(st.integers(1, MOST_IDS - 1), min_size=1, max_size=8)


def spelled(ids: list[int]) -> list[set[tuple[int, ...]]]:
    """The n-grams that end in each word, as tuples, the start token in front."""
    said = [0, *ids]
    return [
        {tuple(said[at - n + 1 : at + 1]) for n in (1, 2, 3) if at - n + 1 >= 0} for at in range(1, len(said))
    ]


@given(sentences, sentences)
def test_n_grams_have_one_number_each_and_no_two_share_it(ids, others):
    names: dict[int, tuple[int, ...]] = {}
    for sentence in (ids, others):
        keys = ngrams(np.array([sentence], np.int32), NONE)[0]
        for row, expected in zip(keys, spelled(sentence), strict=True):
            by_length = sorted(expected, key=len)
            for key, ngram in zip(row[row >= 0].tolist(), by_length, strict=True):
                assert names.setdefault(key, ngram) == ngram


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_a_negation_turns_the_words_after_it_and_no_others(ids):
    negators = np.array([3, 7], np.int64)
    plain, turned = (ngrams(np.array([ids], np.int32), which)[0] for which in (NONE, negators))
    for at in range(len(ids)):
        negated = any(word in (3, 7) for word in ids[max(0, at - SCOPE) : at])
        there = plain[at] != NO_NGRAM
        assert (turned[at][there] == plain[at][there] + negated * NEGATED).all()


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_one_word_after_another_has_the_n_grams_of_the_whole(ids):
    negators = np.array([3, 7], np.int64)
    last, earlier, scope = 1, 0, 0
    for word, expected in zip(ids, ngrams(np.array([ids], np.int32), negators)[0].tolist(), strict=True):
        assert list(ngrams_at(word, last, earlier, scope)) == expected
        last, earlier = word + 1, last
        scope = SCOPE if word in negators else max(scope - 1, 0)


def test_evidence_sums_the_weights_of_all_n_grams_so_far():
    ids = [3, 5, 3, 7]
    keys = ngrams(np.array([ids], np.int32), NONE)
    chosen = np.array(sorted({int(keys[0, 0, 0]), int(keys[0, 1, 1]), int(keys[0, 3, 2])}))
    weights = np.array([[1, 0], [0, 2], [4, 8]], np.float32)
    evidence = Evidence(chosen, weights, np.array([0.5, -0.5], np.float32), end=99)
    of = dict(zip(chosen.tolist(), weights.tolist(), strict=True))
    first, pair, triple = (of[int(keys[0, at, n])] for at, n in ((0, 0), (1, 1), (3, 2)))
    on = np.cumsum([0.5 + first[0], pair[0], first[0], triple[0]])
    off = np.cumsum([-0.5 + first[1], pair[1], first[1], triple[1]])
    expected = np.stack([on, off, -on - off], axis=1)
    assert np.allclose(evidence.logits(np.array([ids], np.int32))[0], expected)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=12))
@settings(deadline=None)
def test_what_follows_does_not_change_the_evidence_before(ids):
    longer = EVIDENCE.read([*ids, 4, 2])
    assert np.allclose(longer[: len(ids)], EVIDENCE.read(ids), atol=1e-6)


def test_network_and_evidence_are_mixed_with_other_shares_at_the_end():
    network, said = np.array([[2.0, 0, 0]] * 2, np.float32), np.array([[0, 3.0, -3.0]] * 2, np.float32)
    evidence = replace(EVIDENCE, end=9, speaking=Mix(0.25, 2.0, 0.5), at_end=Mix(1.0, 1.0, 0.0))
    mixed = evidence.mixed(np.array([4, 9]), network, said)
    speaking = 2 * (0.75 * network[0] + 0.25 * said[0]) + np.array([0.5, 0.5, 0])
    assert np.allclose(mixed, [softmax(speaking.astype(np.float32)), softmax(said[1])], atol=1e-6)


def test_no_evidence_leaves_the_network_alone():
    logits = np.array([[[0.3, -1, 2]]], np.float32)
    ids = np.array([[3]], np.int32)
    assert np.allclose(NO_EVIDENCE.mixed(ids, logits, NO_EVIDENCE.logits(ids)), softmax(logits))


def test_arrays_give_the_same_evidence_back():
    again = from_arrays(to_arrays(EVIDENCE))
    assert (again.keys == EVIDENCE.keys).all()
    assert (again.weights == EVIDENCE.weights).all()
    assert (again.speaking, again.at_end, again.end) == (EVIDENCE.speaking, EVIDENCE.at_end, EVIDENCE.end)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": EVIDENCE.keys[::-1].copy()},
        {"keys": EVIDENCE.keys[:-1]},
        {"keys": EVIDENCE.keys.astype(np.int32)},
        {"weights": EVIDENCE.weights.astype(np.float64)},
        {"bias": np.zeros(3, np.float32)},
        {"negators": np.zeros(1, np.float32)},
        {"speaking": Mix(1.5)},
        {"at_end": Mix(0.5, 0.0)},
    ],
)
def test_evidence_that_does_not_fit_together_is_refused(change):
    with pytest.raises(ModelError, match="ascending"):
        replace(EVIDENCE, **change)
