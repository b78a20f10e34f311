"""When the lamp goes back by itself: the comparison of two rates."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.learning.fall_back import LEAST_OBJECTIONS, Objections, upper_tail, worse_in_service


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.001, 0.999))
def test_the_tail_is_that_of_the_binomial_distribution(n, k, p):
    q = Fraction(p)
    exact = sum((comb(n, j) * q**j * (1 - q) ** (n - j) for j in range(k, n + 1)), Fraction(0))
    assert upper_tail(n, k, p) == pytest.approx(float(exact), rel=1e-9)


def test_a_plain_rise_is_seen_and_the_same_rate_is_not():
    before = Objections(10, 20.0)
    assert worse_in_service(before, Objections(6, 2.0))
    assert not worse_in_service(before, Objections(6, 12.0))
    assert not worse_in_service(before, Objections(3, 6.0))


def test_two_objections_are_no_case_and_three_on_the_first_day_after_quiet_weeks_are():
    quiet = Objections(0, 30.0)
    assert not worse_in_service(quiet, Objections(LEAST_OBJECTIONS - 1, 0.01))
    assert worse_in_service(quiet, Objections(LEAST_OBJECTIONS, 1.0))


def test_without_a_time_to_compare_with_nothing_is_worse():
    assert not worse_in_service(Objections(0, 0.0), Objections(50, 1.0))
    assert not worse_in_service(Objections(5, 10.0), Objections(50, 0.0))


counts, days = st.integers(0, 200), st.floats(0.01, 400)


@given(counts, days, counts, days)
def test_more_objections_never_speak_for_the_new_bundle(before, before_days, since, since_days):
    if worse_in_service(Objections(before, before_days), Objections(since, since_days)):
        assert worse_in_service(Objections(before, before_days), Objections(since + 1, since_days))
        if before:
            assert worse_in_service(Objections(before - 1, before_days), Objections(since, since_days))
        assert since / since_days > before / before_days


def fell_back(random, rise: float) -> bool:
    """Two weeks of objections, one each second day before and `rise` times as many since; asked at each."""
    before = Objections(int(random.poisson(15)), 30.0)
    times = np.sort(random.uniform(0, 14, random.poisson(7 * rise)))
    return any(worse_in_service(before, Objections(k, float(t))) for k, t in enumerate(times, 1))


def test_asked_at_each_objection_it_errs_seldom_and_sees_a_fivefold_rise():
    random = np.random.default_rng(7)
    assert sum(fell_back(random, 1) for _ in range(300)) <= 18
    assert sum(fell_back(random, 5) for _ in range(300)) >= 285
