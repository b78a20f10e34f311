"""What the switch teaches: each row of the table in docs/learning.md, and what must never teach anything."""

import pytest

from runtime.learning.happened import Acted, Flipped, Happened, Retracted, Spoke
from runtime.learning.lessons import LEANING, Windows, lessons, next_due_s
from runtime.lesson import Lesson

WINDOWS = Windows()
NOTHING = (0.01, 0.01, 0.98)
ON_BUT_UNSURE = (0.4, 0.01, 0.59)
OFF_RATHER = (0.3, 0.4, 0.3)
LATER = 1e6


def spoke(utterance: int, ended_s: float, probabilities=NOTHING) -> Spoke:
    return Spoke(utterance, ended_s - 1.0, ended_s, probabilities)


def flip(at_s: float, on: bool, who="switch", *, before=None) -> Flipped:
    return Flipped(at_s, on, (not on) if before is None else before, who)


def act(utterance: int, at_s: float, on: bool, *, before=None) -> Acted:
    return Acted(utterance, at_s, on, (not on) if before is None else before)


def meant(*events: Happened, now_s: float = LATER) -> list[tuple[int, str, str]]:
    return [(each.utterance, each.intent, each.source) for each in lessons(events, now_s, WINDOWS)]


ACTED = (act(1, 9.0, True), spoke(1, 10.0))


def test_an_act_nobody_objects_to_is_confirmed_when_the_window_is_over():
    assert meant(*ACTED, now_s=9.0 + WINDOWS.objection_s) == []
    assert meant(*ACTED) == [(1, "light_on", "unobjected")]
    assert meant(*ACTED, flip(19.5, False)) == [(1, "light_on", "unobjected")]


def test_flipped_back_it_meant_nothing():
    assert meant(*ACTED, flip(12.0, False)) == [(1, "none", "objected")]
    assert meant(*ACTED, flip(19.0, False)) == [(1, "none", "objected")]


def test_flipped_back_it_meant_the_other_intent_if_it_leant_to_that():
    assert meant(act(1, 9.0, True), spoke(1, 10.0, OFF_RATHER), flip(12.0, False))[0][1] == "light_off"
    # When the lamp was sure, which of the others is larger says nothing.
    assert meant(act(1, 9.0, True), spoke(1, 10.0, (0.99, 0.006, 0.004)), flip(12.0, False))[0][1] == "none"


def test_an_objection_is_known_at_once_and_waits_only_for_the_last_word():
    known = [*ACTED, flip(12.0, False)]
    assert meant(*known, now_s=12.2) == []
    assert meant(*known, now_s=12.3) == [(1, "none", "objected")]
    early = [act(1, 9.0, True), flip(9.5, False)]
    assert meant(*early, now_s=15.0) == []
    (lesson,) = lessons([*early, spoke(1, 15.5)], 15.5, WINDOWS)
    assert lesson == Lesson(1, "none", "objected", 15.5)


def test_what_is_done_by_hand_after_speech_was_asked_for():
    assert meant(spoke(1, 10.0), flip(12.0, True)) == [(1, "light_on", "claimed")]
    assert meant(spoke(1, 10.0), flip(18.0, False)) == [(1, "light_off", "claimed")]
    assert meant(spoke(1, 10.0), flip(18.1, True)) == []
    assert meant(flip(12.0, True)) == []


def test_a_flip_while_somebody_speaks_is_claimed_by_that_speech():
    assert meant(flip(9.5, True), spoke(1, 10.0)) == [(1, "light_on", "claimed")]
    assert meant(flip(8.9, True), spoke(1, 10.0)) == []


def test_of_two_utterances_the_one_that_leans_is_meant_and_else_the_newest():
    assert meant(spoke(1, 9.0), spoke(2, 11.0), flip(12.0, True)) == [(2, "light_on", "claimed")]
    assert meant(spoke(1, 9.0, ON_BUT_UNSURE), spoke(2, 11.0), flip(12.0, True))[0][0] == 1
    assert meant(spoke(1, 9.0, ON_BUT_UNSURE), spoke(2, 11.0), flip(12.0, False))[0][0] == 2
    # Speech that still went on at the flip comes last.
    assert meant(spoke(1, 9.0), flip(11.0, True), spoke(2, 11.5))[0][0] == 1
    assert max(NOTHING[:2]) < LEANING


def test_what_was_heeded_already_is_not_claimed_again():
    assert meant(spoke(1, 10.0), flip(11.0, True), flip(15.0, False)) == [(1, "light_on", "claimed")]
    two = [spoke(1, 9.0), spoke(2, 10.0), flip(11.0, True), flip(15.0, False)]
    assert meant(*two) == [(2, "light_on", "claimed")]
    assert meant(*ACTED, flip(12.0, False), flip(16.0, True)) == [(1, "none", "objected")]


def test_an_utterance_has_one_meaning():
    assert meant(flip(9.5, True), spoke(1, 10.0), flip(14.0, False)) == [(1, "light_on", "claimed")]
    # A late flip is no objection to the act, and no claim of what was acted on either.
    assert meant(act(1, 9.0, True), spoke(1, 20.0), flip(21.0, False)) == [(1, "light_on", "unobjected")]
    put_out = flip(12.0, False, "schedule")
    assert meant(act(1, 9.0, True), put_out, spoke(1, 20.0), flip(21.0, True)) == []


def test_an_act_that_changed_nothing_is_neither_confirmed_nor_objected_to():
    unseen = [act(1, 9.0, True, before=True), spoke(1, 10.0)]
    assert meant(*unseen) == []
    assert meant(*unseen, flip(12.0, False)) == [(1, "light_off", "claimed")]


def test_a_retracted_act_is_no_act():
    taken_back = [act(1, 9.0, True), spoke(1, 10.0), Retracted(1, 10.0)]
    assert meant(*taken_back) == []
    assert meant(*taken_back, flip(12.0, True)) == [(1, "light_on", "claimed")]
    decided_anew = [*taken_back, act(1, 10.0, False, before=True)]
    assert meant(*decided_anew) == [(1, "light_off", "unobjected")]


def test_an_act_soon_followed_by_another_is_not_confirmed_by_silence():
    two = [*ACTED, act(2, 14.0, False), spoke(2, 14.5)]
    assert meant(*two) == [(2, "light_off", "unobjected")]
    assert meant(*ACTED, flip(14.0, False, "schedule")) == []


def test_a_schedule_teaches_nothing():
    assert meant(spoke(1, 10.0), flip(12.0, True, "schedule")) == []
    assert meant(*ACTED, flip(12.0, False, "schedule")) == []


@pytest.mark.parametrize("who", ["switch", "page", "command"])
def test_a_person_is_a_person_wherever_the_switch_is(who):
    assert meant(spoke(1, 10.0), flip(12.0, True, who)) == [(1, "light_on", "claimed")]


def test_back_and_forth_means_nothing_even_if_it_was_told_before():
    there = [*ACTED, flip(12.0, False)]
    assert meant(*there, now_s=12.5) == [(1, "none", "objected")]
    assert meant(*there, flip(14.9, True)) == [(1, "light_on", "unobjected")]
    assert meant(*there, flip(15.1, True)) == [(1, "none", "objected")]
    assert meant(*there, flip(14.0, True), flip(16.0, False)) == [(1, "none", "objected")]


def test_an_act_that_changed_nothing_does_not_come_between_back_and_forth():
    unseen = [act(1, 13.0, True, before=True), spoke(1, 13.5)]
    assert meant(spoke(2, 10.0), flip(12.0, True), *unseen, flip(14.5, False)) == []


def test_our_own_echo_is_nobody():
    # The report of our command comes after the person's flip.
    assert meant(*ACTED, flip(9.4, False), flip(9.8, True)) == [(1, "none", "objected")]
    assert meant(spoke(1, 8.5), act(2, 9.0, False), spoke(2, 9.5), flip(9.6, False, before=False)) == [
        (2, "light_off", "unobjected")
    ]


def test_what_lies_on_both_sides_of_a_clock_that_ran_back_is_not_related():
    assert meant(*ACTED, flip(3.0, False), now_s=50.0) == []
    assert meant(spoke(1, 10.0), flip(10.5, False, before=False), flip(3.0, True), now_s=4.0) == []
    # Each side on its own still teaches.
    settled = flip(12.5, False, before=False)
    both = [*ACTED, flip(12.0, False), settled, flip(2.0, True), spoke(3, 5.0), flip(6.0, False)]
    assert meant(*both) == [(1, "none", "objected"), (3, "light_off", "claimed")]


def test_the_next_due_moment_is_when_the_answer_changes():
    events = [*ACTED, flip(12.0, False)]
    assert next_due_s(events, 12.0, WINDOWS) == 12.3
    assert next_due_s(ACTED, 12.3, WINDOWS) == 9.0 + WINDOWS.objection_s + WINDOWS.bounce_s
    assert next_due_s(events, LATER, WINDOWS) == float("inf")


def test_a_bounce_right_after_a_command_of_the_schedule_is_one_flip():
    there = [spoke(7, 103.0), flip(104.0, True, "schedule"), flip(104.2, False)]
    assert meant(*there, flip(104.22, True), flip(104.24, False)) == meant(*there)
