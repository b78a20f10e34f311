"""Temperature and thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.calibrate import (
    HIGHEST_THRESHOLD,
    LOWEST_THRESHOLD,
    best_temperature,
    thresholds_for_budget,
    with_temperature,
)
from model.intent import ACTIONS, INTENTS
from tests.export.test_step_graph import random_model

seeds = st.integers(0, 2**32 - 1)


def traces_of(seed: int, count: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.dirichlet([0.3, 0.3, 2.0], random.integers(2, 8)).astype(np.float32) for _ in range(count)]


@given(seeds, st.integers(1, 300), st.sampled_from([0.0, 0.001, 0.01, 0.1]))
def test_no_more_than_the_budget_fires(seed, count, budget):
    traces = traces_of(seed, count)
    partial, final = thresholds_for_budget(traces, budget)
    fired = certain = 0
    for trace in traces:
        for at, intent in enumerate(ACTIONS):
            fired += (trace[:-1, at] >= partial[intent]).any() + (trace[-1, at] >= final[intent])
        certain += (trace[:, :2] >= HIGHEST_THRESHOLD).sum()
    assert fired <= budget * count + certain
    for thresholds in (partial, final):
        assert all(LOWEST_THRESHOLD <= thresholds[i] <= HIGHEST_THRESHOLD for i in ACTIONS)


@given(seeds)
def test_a_larger_budget_never_raises_a_threshold(seed):
    traces = traces_of(seed, 200)
    for strict, loose in zip(
        thresholds_for_budget(traces, 0.02), thresholds_for_budget(traces, 0.2), strict=True
    ):
        assert all(loose[i] <= strict[i] for i in ACTIONS)


@pytest.mark.parametrize("true_tau", [0.4, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found_again(true_tau):
    random = np.random.default_rng(5)
    logits = random.normal(0, 2, (4000, 3))
    truth = np.exp(true_tau * logits) / np.exp(true_tau * logits).sum(axis=1, keepdims=True)
    intents = [INTENTS[random.choice(3, p=p)] for p in truth]
    told = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    assert best_temperature([row[None] for row in told], intents) == pytest.approx(true_tau, rel=0.1)


def test_temperature_sharpens_or_softens_without_changing_the_order():
    model, _ = random_model(2)
    before = model.read([1, 2, 3])
    after = with_temperature(model, 0.5).read([1, 2, 3])
    assert (before.argmax(axis=1) == after.argmax(axis=1)).all()
    assert (after.max(axis=1) < before.max(axis=1)).all()
    root = np.sqrt(before)
    assert np.allclose(after, root / root.sum(axis=1, keepdims=True), atol=1e-5)
