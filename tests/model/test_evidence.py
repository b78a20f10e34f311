"""Evidence of n-grams: numbers of n-grams, sums of weights, and the mixture with the network."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import ModelError
from model.evidence import NO_EVIDENCE, Evidence, Mix, from_arrays, softmax, to_arrays
from model.ngrams import Lexicon, ngrams
from tests.random_models import random_model

MODEL, _ = random_model(5)
EVIDENCE = MODEL.evidence
NONE = Lexicon()


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
    assert (again.lexicon.negators == EVIDENCE.lexicon.negators).all()
    assert (again.lexicon.alike == EVIDENCE.lexicon.alike).all()
    assert (again.speaking, again.at_end, again.end) == (EVIDENCE.speaking, EVIDENCE.at_end, EVIDENCE.end)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": EVIDENCE.keys[::-1].copy()},
        {"keys": EVIDENCE.keys[:-1]},
        {"keys": EVIDENCE.keys.astype(np.int32)},
        {"weights": EVIDENCE.weights.astype(np.float64)},
        {"bias": np.zeros(3, np.float32)},
        {"lexicon": Lexicon(np.zeros(1, np.float32))},
        {"lexicon": Lexicon(alike=np.array([[5, 1], [4, 1]], np.int64))},
        {"lexicon": Lexicon(alike=np.array([[4, -1]], np.int64))},
        {"lexicon": Lexicon(alike=np.zeros((1, 3), np.int64))},
        {"speaking": Mix(1.5)},
        {"at_end": Mix(0.5, 0.0)},
    ],
)
def test_evidence_that_does_not_fit_together_is_refused(change):
    with pytest.raises(ModelError, match="ascending"):
        replace(EVIDENCE, **change)
