"""Temperature and thresholds."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.calibrate import (
    HIGHEST_THRESHOLD,
    LOWEST_THRESHOLD,
    Calibration,
    Correction,
    best_correction,
    calibration_of,
    corrected,
    thresholds_for_budget,
)
from model.intent import ACTIONS
from tests.export.test_step_graph import random_model

seeds = st.integers(0, 2**32 - 1)


def traces_of(seed: int, count: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.dirichlet([0.3, 0.3, 2.0], random.integers(2, 8)).astype(np.float32) for _ in range(count)]


@given(seeds, st.integers(1, 300), st.sampled_from([0.8, 1.0]))
def test_no_more_than_a_large_budget_fires(seed, count, budget):
    traces = traces_of(seed, count)
    partial, final = thresholds_for_budget(traces, budget)
    on, off = ACTIONS
    assert partial[on] == partial[off]
    assert final[on] == final[off]
    assert sum((trace[:-1, :2] >= partial[on]).any() for trace in traces) <= budget * count / 8
    assert sum((trace[-1, :2] >= final[on]).any() for trace in traces) <= budget * count * 7 / 8


@given(seeds, st.integers(1, 300), st.sampled_from([0.0, 0.0001, 0.01, 0.5]))
def test_thresholds_stay_within_bounds(seed, count, budget):
    for thresholds in thresholds_for_budget(traces_of(seed, count), budget):
        assert all(LOWEST_THRESHOLD <= thresholds[intent] <= HIGHEST_THRESHOLD for intent in ACTIONS)


@given(seeds)
def test_a_larger_budget_never_raises_a_threshold(seed):
    traces = traces_of(seed, 200)
    budgets = (0.0, 0.0001, 0.001, 0.02, 0.2, 0.6)
    for less, more in pairwise(thresholds_for_budget(traces, budget) for budget in budgets):
        for strict, loose in zip(less, more, strict=True):
            assert all(loose[intent] <= strict[intent] for intent in ACTIONS)


def rare(seed: int, count: int) -> list[np.ndarray]:
    """Traces of one word whose log-odds of light_on fall off exponentially from -6 on, by a factor e for each 1."""
    on = 1 / (1 + np.exp(6 - np.random.default_rng(seed).exponential(size=(count, 2))))
    return [np.stack([row, 0 * row, 1 - row], axis=1).astype(np.float32) for row in on]


def test_as_many_unheard_utterances_fire_as_the_budget_allows():
    budget, unheard = 0.002, rare(1, 200_000)
    counts = []
    for seed in range(2, 12):
        _, final = thresholds_for_budget(rare(seed, 20_000), budget)
        counts.append(sum(trace[-1, 0] >= final["light_on"] for trace in unheard))
    expected = len(unheard) * budget * 7 / 8
    assert np.mean(counts) == pytest.approx(expected, rel=0.15)
    assert np.std(counts) < 0.4 * expected


@pytest.mark.parametrize("count", [0, 5, 60, 400])
def test_few_utterances_do_not_ask_for_a_certainty_that_they_tell_nothing_of(count):
    heard = rare(3, count)
    highest = max((float(trace[-1, 0]) for trace in heard), default=0.0)
    _, final = thresholds_for_budget(heard, 0.0003)
    threshold = final["light_on"]
    odds = threshold / (1 - threshold)
    assert threshold == LOWEST_THRESHOLD or odds < 5 * highest / (1 - highest)


def test_one_odd_utterance_does_not_set_the_threshold():
    traces = rare(0, 20_000)
    odd = np.array([[0.01, 0.01, 0.98], [0.998, 0.001, 0.001]], np.float32)
    usual, moved = (thresholds_for_budget(heard, 0.0002)[1]["light_on"] for heard in (traces, [*traces, odd]))
    assert usual < moved < usual + 0.02


@pytest.mark.parametrize(("true_tau", "true_offset"), [(0.5, 1.0), (1.0, 0.0), (1.8, -0.7)])
def test_the_correction_that_made_the_labels_is_found_again(true_tau, true_offset):
    random = np.random.default_rng(5)
    logs = np.log(random.dirichlet(np.ones(3), 4000))
    z = true_tau * logs + true_offset * np.array([1, 1, 0])
    truth = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    right = np.array([random.choice(3, p=p) for p in truth])
    found = best_correction(logs, right, np.ones(len(right)))
    assert found.temperature == pytest.approx(true_tau, rel=0.1)
    assert found.offset == pytest.approx(true_offset, abs=0.15)


def test_a_calibrated_model_says_what_its_corrected_trace_says():
    model, _ = random_model(2)
    words, end = [1, 2, 3], model.evidence.end
    assert end not in words
    calibration = Calibration(Correction(0.5, 0.3), Correction(1.7, -0.4), {}, {})
    expected = corrected(model.read([*words, end]), calibration)
    assert np.allclose(model.calibrated(calibration).read([*words, end]), expected, atol=1e-5)
    assert not np.allclose(model.read([*words, end]), expected, atol=1e-2)


def test_speaking_and_end_are_corrected_apart():
    before = np.array([[0.2, 0.1, 0.7]] * 3, np.float32)
    after = corrected(before, Calibration(Correction(), Correction(offset=2.0), {}, {}))
    assert np.allclose(after[:2], before[:2], atol=1e-6)
    assert after[2, 0] > 0.5


def test_rare_commands_of_a_sure_model_do_not_make_it_surer_than_the_examples_show():
    requests = [np.array([[0.9, 0.05, 0.05]] * 2, np.float32)] * 5
    requests += [np.array([[0.02, 0.02, 0.96]] * 2, np.float32)] * 50
    found = calibration_of(requests, ["light_on"] * 5 + ["none"] * 50, [], 0.001)
    assert 1 < found.speaking.temperature < 4
