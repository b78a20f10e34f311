"""Lessons that the others on the same words contradict are named, and only where there is enough to say so."""

from dataclasses import replace

from runtime.learning.contradictions import contradictions
from tests.runtime.lessons_said import said

ON, OFF = ("lumos", "light_on"), ("lumos", "light_off")


def test_a_slip_among_many_is_named_with_what_the_others_say():
    (found,) = contradictions(said(ON, ("a day", "none"), ON, OFF, ON, ON, ON))
    assert (found.id, found.label, found.suggested, found.others) == (4, "light_off", "light_on", 5)
    assert "foreglow correct 4 light_on" in found.sentence()
    assert found.as_json() == {
        "event": "contradiction", "id": 4, "text": "lumos", "label": "light_off", "suggested": "light_on", "others": 5,
    }  # fmt: skip


def test_a_habit_that_changed_is_no_slip():
    assert contradictions(said(ON, ON, ON, ON, OFF, OFF)) == []


def test_too_few_others_say_nothing():
    assert contradictions(said(OFF, ON, ON)) == []
    assert [each.id for each in contradictions(said(OFF, ON, ON, ON))] == [1]


def test_a_household_of_two_minds_is_left_alone():
    assert contradictions(said(ON, OFF, ON, OFF, ON, OFF, ON, OFF)) == []


def test_other_words_have_no_vote():
    assert contradictions(said(OFF, *[("lumos please", "light_on")] * 6)) == []


def test_a_persons_word_is_never_doubted_and_weighs_more():
    lessons = said(OFF, ON, ON, ON, ON)
    assert contradictions([replace(lessons[0], source="corrected"), *lessons[1:]]) == []
    weak = [replace(lesson, source="unobjected") for lesson in said(ON, ON, ON, OFF, OFF, ON)]
    strong = [*weak[:3], *(replace(lesson, source="corrected") for lesson in weak[3:5]), weak[5]]
    assert [each.id for each in contradictions(weak)] == [4]
    assert [each.id for each in contradictions(strong)] == [1, 2, 3]


def test_they_come_in_the_order_in_which_they_were_heard():
    lessons = said(("nox", "light_on"), *[("nox", "light_off")] * 4, OFF, ON, ON, ON, ON, ("a day", None))
    assert [each.id for each in contradictions(lessons)] == [1, 6]
