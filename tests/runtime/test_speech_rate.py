"""Thresholds follow how much is said near the lamp."""

from dataclasses import replace

import pytest

from model.base_model import BASE_FOLDER, load_base
from runtime.learning.speech_rate import DAY_S, Thresholds, days_of_speech, thresholds_for
from tests.runtime.lessons_said import said


@pytest.fixture(scope="module")
def base():
    return load_base(BASE_FOLDER)


def talk(a_day: int, days: int):
    return said(*[("what a day", None)] * (a_day * days + 1), every_s=DAY_S / a_day)


def budget(base, thresholds: Thresholds) -> float:
    """The row of the curve that was taken; of rows with the same thresholds the strictest."""
    taken = {
        **thresholds.partial,
        **{f"final_{intent}": threshold for intent, threshold in thresholds.final.items()},
    }
    return next(p["budget"] for p in base.curve if p["budget"] and taken.items() <= p.items())


def test_the_more_is_said_the_stricter_they_are(base):
    assert (
        budget(base, thresholds_for(base, talk(1000, 4), 1.0)) == 0.0005
    )  # of 0.001 allowed, less the fence post
    assert budget(base, thresholds_for(base, talk(400, 4), 1.0)) == 0.002
    assert budget(base, thresholds_for(base, talk(4000, 2), 1.0)) == 0.0002


def test_nobody_is_promised_less_than_the_strictest_of_the_curve(base):
    assert budget(base, thresholds_for(base, talk(3000, 2), 0.01)) == 0.0001


def test_commands_do_not_count_as_talk(base):
    commands = [replace(each, intent="light_on", source="claimed") for each in talk(400, 4)]
    mixed = sorted([*talk(400, 4), *commands], key=lambda each: each.wall_time)
    assert thresholds_for(base, mixed, 1.0) == thresholds_for(base, talk(400, 4), 1.0)
    none = [replace(each, intent="none", source="objected") for each in talk(400, 4)]
    assert thresholds_for(base, none, 1.0) == thresholds_for(base, talk(400, 4), 1.0)


@pytest.mark.parametrize("few", [[], talk(1000, 1)[:-2], said(("lumos", "light_on"), every_s=3 * DAY_S)])
def test_with_less_than_a_day_they_stay(base, few):
    assert thresholds_for(base, few, 1.0) == Thresholds(dict(base.thresholds), dict(base.final_thresholds))


def test_without_a_curve_they_stay(base):
    bare = replace(base, curve=())
    assert thresholds_for(bare, talk(1000, 4), 1.0).partial == base.thresholds


def test_a_clock_that_was_wrong_or_a_lamp_that_was_away_does_not_loosen_them(base):
    said_there = talk(800, 4)
    with_a_jump = [replace(said_there[0], number=0, wall_time=0.0), *said_there]
    assert days_of_speech(with_a_jump) <= 6
    assert thresholds_for(base, with_a_jump, 1.0) == thresholds_for(base, said_there, 1.0)
    assert days_of_speech(with_a_jump[::-1]) == days_of_speech(with_a_jump)


def test_the_stricter_of_two_one_by_one():
    some = Thresholds({"light_on": 0.9, "light_off": 0.7}, {"light_on": 0.6, "light_off": 0.8})
    other = Thresholds({"light_on": 0.8, "light_off": 0.8}, {"light_on": 0.7, "light_off": 0.7})
    both = Thresholds({"light_on": 0.9, "light_off": 0.8}, {"light_on": 0.7, "light_off": 0.8})
    assert some.stricter(other) == other.stricter(some) == both
