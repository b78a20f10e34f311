"""The explicit solution: exact where theory says so, and counts that can be taken back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import ModelError
from model.explicit import Counts, explicit_weights

GRID = 2.0**-20


def examples(seed: int, M: int, D: int, N: int, norm: float = 1.0):
    """M random inputs of 1-norm about `norm` on the grid, targets, and whole weights."""
    random = np.random.default_rng(seed)
    H = random.dirichlet(np.ones(D), size=M) * norm
    return np.round(H / GRID) * GRID, random.integers(0, N, M), random.integers(1, 8, M).astype(float)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def same_bits(a: Counts, b: Counts) -> bool:
    return (a.features == b.features).all() and (a.classes == b.classes).all()


sizes = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12), st.integers(2, 5))


@given(sizes)
def test_one_hot_inputs_give_exactly_the_observed_frequencies(size):
    seed, M, D, N = size
    random = np.random.default_rng(seed)
    inputs, targets = random.integers(0, D, M), random.integers(0, N, M)
    counts = Counts.zeros(D, N).add(np.eye(D)[inputs], targets, np.ones(M))
    U, b = explicit_weights(counts, smoothing=1e-9)
    for d in set(inputs):
        observed = np.bincount(targets[inputs == d], minlength=N) / (inputs == d).sum()
        assert np.allclose(softmax(U[d] + b), observed, atol=1e-6)


@given(sizes, st.integers(0, 2**32 - 1))
def test_adding_then_removing_gives_back_the_same_bits(size, other_seed):
    seed, M, D, N = size
    counts = Counts.zeros(D, N).add(*examples(seed, M, D, N))
    H, targets, weights = examples(other_seed, 5, D, N)
    assert same_bits(counts.add(H, targets, weights).add(H, targets, -weights), counts)


@given(sizes)
def test_counts_of_two_parts_merge_to_the_counts_of_the_whole_in_any_order(size):
    seed, M, D, N = size
    H, targets, weights = examples(seed, M, D, N)
    empty = Counts.zeros(D, N)
    whole = empty.add(H, targets, weights)
    order = np.random.default_rng(seed).permutation(M)
    first, second = order[: M // 2], order[M // 2 :]
    parts = [empty.add(H[part], targets[part], weights[part]) for part in (first, second)]
    assert same_bits(parts[0] + parts[1], whole)
    assert same_bits(whole - parts[1], parts[0])


@given(sizes)
def test_relabelling_equals_having_had_the_right_label(size):
    seed, M, D, N = size
    H, targets, weights = examples(seed, M, D, N)
    right = targets.copy()
    right[0] = (right[0] + 1) % N
    counts = Counts.zeros(D, N).add(H, targets, weights)
    relabelled = counts.add(H[:1], targets[:1], -weights[:1]).add(H[:1], right[:1], weights[:1])
    assert same_bits(relabelled, Counts.zeros(D, N).add(H, right, weights))


@given(sizes, st.integers(1, 9))
@settings(max_examples=50)
def test_bias_form_equals_the_published_form_when_every_input_has_norm_k(size, K):
    seed, M, D, N = size
    random = np.random.default_rng(seed)
    H, targets = random.dirichlet(np.ones(D), size=M) * K, random.integers(0, N, M)
    targets[:N] = np.arange(N)[:M]
    counts = Counts.zeros(D, N).add(H, targets, np.ones(M))
    seen = counts.classes > 0
    F = counts.features[:, seen] + 1e-12
    published = np.log(F) - (K - 1) / K * np.log(F.sum(axis=0))
    U, b = explicit_weights(Counts(counts.features[:, seen], counts.classes[seen]), 1e-12)
    assert np.allclose(softmax(H @ U + b), softmax(H @ published), atol=1e-6)


def test_conditionally_independent_features_come_close_to_the_true_posterior():
    random = np.random.default_rng(7)
    priors, tables = random.dirichlet(np.ones(4)), random.dirichlet(np.ones(6), size=(3, 4))
    targets = random.choice(4, size=20_000, p=priors)
    values = np.stack([[random.choice(6, p=tables[k, t]) for t in targets] for k in range(3)], axis=1)
    H = np.concatenate([np.eye(6)[values[:, k]] for k in range(3)], axis=1)
    U, b = explicit_weights(Counts.zeros(18, 4).add(H, targets, np.ones(len(targets))), 0.5)
    truth = priors * np.prod([tables[k][:, values[:, k]].T for k in range(3)], axis=0)
    truth /= truth.sum(axis=1, keepdims=True)
    assert np.abs(softmax(H @ U + b) - truth).mean() < 0.01


def test_a_zero_count_without_smoothing_is_refused():
    with pytest.raises(ModelError, match="smoothing above zero"):
        explicit_weights(Counts.zeros(2, 2), 0.0)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ModelError, match="do not fit"):
        Counts.zeros(3, 2).add(np.ones((4, 2)), np.zeros(4, dtype=int), np.ones(4))
