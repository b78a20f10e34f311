"""The explicit start of attention: what it counts, and that its sign and constant do what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.attention_start import (
    attended,
    attention_counts,
    attention_weights,
    position_weights,
    published_constant,
    smallest_constant,
    start_up,
    tuning,
)
from model.bit_cipher import cipher_vectors, densify
from model.errors import ModelError
from model.examples import Examples, Utterance, encode
from model.vocabulary import Vocabulary

WORDS = tuple("abcdefghijkl")
VOCABULARY = Vocabulary(WORDS, 2)
V, D = len(VOCABULARY), 6
E = densify(cipher_vectors(V, D), np.ones(V) * 5)
P = np.full(V, 1 / V)
sentences = st.lists(st.integers(0, V - 1), min_size=1, max_size=9)
positions = st.integers(1, 12)


def random_text(seed: int, utterances: int = 12, since: int = 0) -> Examples:
    random = np.random.default_rng(seed)
    said = [tuple(random.choice(WORDS, random.integers(1, 8))) for _ in range(utterances)]
    return encode([Utterance(w, "none", float(random.integers(1, 3)), since) for w in said], VOCABULARY, 25)


@given(sentences, positions)
@settings(deadline=None)
def test_zero_weights_attend_to_the_mean_of_the_last_words(ids, K):
    A = position_weights(np.array([ids]), E, np.zeros((K, K)))
    for newest in range(len(ids)):
        mean = E[ids[max(0, newest - K + 1) : newest + 1]].mean(axis=0)
        assert np.allclose(attended(np.array([ids]), E, A)[0, newest], mean)


@given(sentences, positions, st.integers(0, 99))
@settings(deadline=None)
def test_weights_are_a_distribution_that_later_words_do_not_change(ids, K, seed):
    W = np.random.default_rng(seed).normal(0, 5, (K, K))
    A, longer = (position_weights(np.array([x]), E, W)[0] for x in (ids, [*ids, 3]))
    assert np.allclose(A.sum(axis=1), 1)
    k = A.shape[1]
    assert np.allclose(longer[:-1, :k], A)
    assert (longer[:-1, k:] == 0).all()


@given(st.integers(0, 999), positions, st.integers(0, 2))
@settings(deadline=None, max_examples=30)
def test_counts_are_the_sums_of_the_definition(seed, K, since):
    examples = random_text(seed, since=since)
    counts = attention_counts(examples, E, K, start_up(E, P))
    F, S, n = np.zeros((K, K)), np.zeros((K, K)), np.zeros(K)
    for ids, length, weight in zip(examples.ids, examples.lengths, examples.weights, strict=True):
        for newest in range(since, length):
            following = ids[newest + 1] if newest + 1 < length else 0
            direction = np.log(E[following]) - P @ np.log(E)
            heard = ids[max(0, newest - K + 1) : newest + 1]
            for j, x in enumerate(heard):
                n[j] += weight
                for k, y in enumerate(heard):
                    F[j, k] += weight * (E[ids[newest]] @ E[x]) * (direction @ E[y])
                    S[j, k] += weight * (E[ids[newest]] @ E[x])
    assert np.allclose(counts.criterion, F)
    assert np.allclose(counts.comparisons, S)
    assert np.allclose(counts.prefixes, n)


@given(st.integers(0, 999), st.integers(0, 999))
@settings(deadline=None, max_examples=20)
def test_counts_of_two_parts_add_up_to_those_of_the_whole(first, second):
    a, b = random_text(first), random_text(second)
    longest = max(a.ids.shape[1], b.ids.shape[1])
    pad = [np.pad(x.ids, ((0, 0), (0, longest - x.ids.shape[1]))) for x in (a, b)]
    rest = [
        np.concatenate([getattr(a, f), getattr(b, f)])
        for f in ("lengths", "intents", "weights", "since", "finished")
    ]
    whole = attention_counts(Examples(np.concatenate(pad), *rest), E, 6, start_up(E, P))
    parts = attention_counts(a, E, 6, start_up(E, P)) + attention_counts(b, E, 6, start_up(E, P))
    assert np.allclose(whole.criterion, parts.criterion)
    assert np.allclose(whole.comparisons, parts.comparisons)


def test_tuning_points_along_the_gradient_of_the_likelihood():
    random = np.random.default_rng(1)
    examples, U, b, W = (
        random_text(4),
        random.normal(size=(D, V)),
        random.normal(size=V),
        random.normal(size=(5, 5)),
    )
    counted = examples.counted()
    directions = tuning(E, W, U, b)(examples, counted)
    H = attended(examples.ids, E, position_weights(examples.ids, E, W))[counted]
    following = np.pad(examples.ids, ((0, 0), (0, 1)))[:, 1:][counted]

    def likelihood(H: np.ndarray) -> np.ndarray:
        logits = H @ U + b
        return logits[np.arange(len(H)), following] - np.log(np.exp(logits).sum(axis=1))

    for d in range(D):
        step = 1e-5 * np.eye(D)[d]
        slope = (likelihood(H + step) - likelihood(H - step)) / 2e-5
        assert np.allclose(directions[:, d], slope, atol=1e-6)


@given(st.integers(0, 999), positions, st.sampled_from([1.0, -1.0]))
@settings(deadline=None, max_examples=30)
def test_the_smallest_constant_is_just_large_enough(seed, K, sign):
    counts = attention_counts(random_text(seed), E, K, start_up(E, P))
    c = smallest_constant(counts, sign)
    assert np.isfinite(attention_weights(counts, sign, c)).all()
    if c > 1e-3:
        with pytest.raises(ModelError, match="logarithm"):
            attention_weights(counts, sign, 0.9 * c)


def test_with_positive_sign_the_position_that_tells_the_next_word_gains_weight():
    # The first word comes back at the end; the two between are noise.
    random = np.random.default_rng(0)
    said = []
    for _ in range(400):
        first = random.choice(WORDS)
        said.append(Utterance((first, *random.choice(WORDS, 2), first), "none", since=2, finished=False))
    examples = encode(said, VOCABULARY, 25)
    counts = attention_counts(examples, E, 4, start_up(E, P))

    def share_of_first(sign: float) -> float:
        W = attention_weights(counts, sign, smallest_constant(counts, sign))
        return float(position_weights(examples.ids[:, :3], E, W)[:, 2, 0].mean())

    assert share_of_first(1.0) > 0.34
    assert share_of_first(-1.0) < 0.33


def test_a_large_constant_drowns_the_signal():
    examples = random_text(7, 50)
    counts = attention_counts(examples, E, 8, start_up(E, P))

    def unevenness(c: float) -> float:
        A = position_weights(examples.ids, E, attention_weights(counts, 1.0, c))
        uniform = position_weights(examples.ids, E, np.zeros((8, 8)))
        return float(np.abs(A - uniform).max())

    assert unevenness(1000.0) < 0.01 * unevenness(smallest_constant(counts, 1.0))


def test_the_published_constant():
    assert published_constant(8, 29) == pytest.approx(2 * (1 + 1 / 8) * np.log(29))


def test_weights_of_positions_never_seen_together_are_zero():
    counts = attention_counts(random_text(3), E, 12, start_up(E, P))
    W = attention_weights(counts, 1.0, smallest_constant(counts, 1.0))
    never = counts.prefixes == 0
    assert never.any()
    assert (W[never] == 0).all()
    assert (W[:, never] == 0).all()


def test_where_all_are_equally_long_the_published_formula_is_followed():
    said = [
        Utterance(tuple(words), "none", since=3) for words in np.random.default_rng(2).choice(WORDS, (50, 4))
    ]
    counts = attention_counts(encode(said, VOCABULARY, 25), E, 4, start_up(E, P))
    F, p = counts.criterion + 9.0 * counts.comparisons, np.log(4)
    published = np.log(F) - (p - 1) / p * np.log(F.sum(axis=0))
    W = attention_weights(counts, 1.0, 9.0)
    assert np.ptp(W - published) < 1e-9
