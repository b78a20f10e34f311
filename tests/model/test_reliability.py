"""Calibration figures, and what a budget buys."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from model.curve import BUDGETS, budget_curve
from model.reliability import Bin, expected_calibration_error, reliability
from tests.model.test_evaluate import judged


def test_probabilities_drawn_from_themselves_are_calibrated_and_sharpened_ones_are_not():
    random = np.random.default_rng(0)
    p = random.dirichlet([1, 1, 1], 20_000).astype(np.float32)
    right = [
        ("light_on", "light_off", "none")[random.choice(3, p=row / row.sum())] for row in p.astype(float)
    ]
    honest = expected_calibration_error(reliability([row[None] for row in p], right))
    sharp = p**3 / (p**3).sum(axis=1, keepdims=True)
    boasting = expected_calibration_error(reliability([row[None] for row in sharp], right))
    assert honest < 0.015
    assert boasting > 0.1


def test_a_bin_knows_its_mean_probability_and_how_often_it_was_right():
    trace = np.array([[0.88, 0.06, 0.06], [0.92, 0.04, 0.04]], np.float32)
    assert reliability([trace], ["light_on"]) == [Bin(2, pytest.approx(0.9), 1.0)]
    assert expected_calibration_error([Bin(3, 0.9, 0.7), Bin(1, 0.5, 0.5)]) == pytest.approx(0.15)


def test_a_larger_budget_never_finds_fewer_commands_by_asking_for_more():
    random = np.random.default_rng(1)
    requests = [
        judged("light_on", (0.2, 0.0), (float(x), 0.0), (float(x), 0.0)) for x in random.beta(5, 1, 40)
    ]
    requests += [
        judged("none", (0.1, 0.0), (float(x), 0.0), (float(x), 0.0)) for x in random.beta(1, 5, 3000)
    ]
    talk = [judged("none", (0.0, 0.0), (float(x), 0.0)) for x in random.beta(1, 9, 2000)]
    curve = budget_curve(requests, talk)
    assert [point["budget"] for point in curve] == list(BUDGETS)
    for less, more in pairwise(curve):
        assert more["light_on"] <= less["light_on"]
        assert more["recall"] >= less["recall"]
        assert more["false_activations_per_1000"] >= less["false_activations_per_1000"]
    assert curve[0]["false_activations_per_1000"] <= 1
    assert curve[0]["talk_per_hour"] == 0
    assert curve[-1]["recall"] > curve[0]["recall"]


def test_the_curve_says_what_judging_with_its_thresholds_says():
    requests = [judged("light_off", (0.0, 0.7), (0.0, 0.95)), judged("none", (0.0, 0.8), (0.0, 0.1))] * 10
    point = budget_curve(requests, [])[0]
    assert point["light_off"] == pytest.approx(0.801, abs=1e-3)
    assert point["recall"] == 1.0
    there = replace(requests[0].calibration, thresholds={"light_on": 0.9, "light_off": point["light_off"]})
    assert replace(requests[1], calibration=there).fired() is None
