"""What the switch teaches, over any evening: what must hold whatever happens."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from runtime.learning.happened import Acted, Flipped, Happened, Retracted, Spoke
from runtime.learning.lessons import Windows, lessons
from runtime.lesson import Lesson

WINDOWS = Windows()
NOTHING = (0.01, 0.01, 0.98)
ON_BUT_UNSURE = (0.4, 0.01, 0.59)
OFF_RATHER = (0.3, 0.4, 0.3)
LATER = 1e6


@st.composite
def evenings(draw) -> list[Happened]:
    """What may happen in a house, each state following from the one before."""
    events: list[Happened] = []
    now_s, lit = 100.0, False
    for number in range(draw(st.integers(1, 8))):
        now_s += draw(st.sampled_from([0.2, 1.0, 2.5, 5.0, 9.0, 20.0]))
        kind = draw(st.sampled_from(["talk", "act", "take back", "switch", "switch", "schedule"]))
        likely = draw(st.sampled_from([NOTHING, ON_BUT_UNSURE, OFF_RATHER]))
        if kind in ("switch", "schedule"):
            on = draw(st.booleans())
            events.append(Flipped(now_s, on, lit, kind))
            lit = on
            continue
        if kind != "talk":
            on = draw(st.booleans())
            events.append(Acted(number, now_s, on, lit))
            before, lit = lit, on
        now_s += 0.7
        events.append(Spoke(number, now_s - 1.5, now_s, likely))
        if kind == "take back":
            events.append(Retracted(number, now_s))
            lit = before
    return events


def said(found: tuple[Lesson, ...]) -> set[tuple[int, str, str]]:
    return {(each.utterance, each.intent, each.source) for each in found}


@given(evenings(), st.floats(0, 60))
def test_at_most_one_lesson_an_utterance_and_none_from_the_future(events, after_s):
    now_s = 100.0 + after_s
    past = [event for event in events if (event.ended_s if isinstance(event, Spoke) else event.at_s) <= now_s]
    found = lessons(past, now_s, WINDOWS)
    numbers = [lesson.utterance for lesson in found]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= {event.utterance for event in past if isinstance(event, Spoke)}
    assert all(lesson.at_s <= now_s for lesson in found)


@given(evenings())
def test_sources_and_intents_fit(events):
    acted = {event.utterance for event in events if isinstance(event, Acted)}
    for lesson in lessons(events, LATER, WINDOWS):
        assert lesson.source != "corrected"
        assert lesson.source == "objected" or lesson.intent != "none"
        assert lesson.source == "claimed" or lesson.utterance in acted


@given(evenings())
def test_without_a_person_nothing_but_confirmations(events):
    alone = [replace(event, who="schedule") if isinstance(event, Flipped) else event for event in events]
    assert {lesson.source for lesson in lessons(alone, LATER, WINDOWS)} <= {"unobjected"}


@given(evenings(), st.integers(0, 8), st.integers(1, 3))
def test_contacts_that_bounce_count_once(events, place, bounces):
    flips = [index for index, event in enumerate(events) if isinstance(event, Flipped)]
    assume(flips)
    index = flips[place % len(flips)]
    real = events[index]
    assume(real.who == "switch" and real.on != real.before)
    before = [event for event in events[:index] if not isinstance(event, Spoke)]
    assume(not before or isinstance(before[-1], Flipped) or real.at_s > before[-1].at_s + WINDOWS.echo_s)
    noise: list[Happened] = []
    for number in range(bounces):
        noise.append(Flipped(real.at_s + 0.02 * (2 * number + 1), real.before, real.on, "switch"))
        noise.append(Flipped(real.at_s + 0.02 * (2 * number + 2), real.on, real.before, "switch"))
    bounced = [*events[: index + 1], *noise, *events[index + 1 :]]
    assert said(lessons(bounced, LATER, WINDOWS)) == said(lessons(events, LATER, WINDOWS))


@given(evenings(), st.integers(0, 8))
def test_playing_with_the_switch_in_quiet_teaches_nothing(events, place):
    """Back and forth, with nothing else within the seconds around it."""
    index = place % (len(events) + 1)
    times = [event.ended_s if isinstance(event, Spoke) else event.at_s for event in events]
    before_s, after_s = (times[index - 1] if index else 0.0), (times[index] if index < len(events) else LATER)
    assume(after_s - before_s > 9.0)
    lit = False
    for event in events[:index]:
        if isinstance(event, Acted | Flipped):
            lit = event.on
        elif isinstance(event, Retracted):
            acts = [act for act in events[:index] if isinstance(act, Acted)]
            lit = next(act.before for act in reversed(acts) if act.utterance == event.utterance)
    middle_s = before_s + 4.0
    played = [Flipped(middle_s, not lit, lit, "switch"), Flipped(middle_s + 1.0, lit, not lit, "switch")]
    with_it = [*events[:index], *played, *events[index:]]
    assert said(lessons(with_it, LATER, WINDOWS)) == said(lessons(events, LATER, WINDOWS))


@given(evenings(), st.integers(0, 8), st.floats(0, 1))
def test_the_report_of_our_own_command_changes_nothing(events, place, delay):
    acts = [index for index, event in enumerate(events) if isinstance(event, Acted)]
    assume(acts)
    index = acts[place % len(acts)]
    command = events[index]
    at_s = command.at_s + delay * WINDOWS.echo_s
    rest = [event for event in events[index + 1 :] if not isinstance(event, Spoke)]
    assume(not rest or rest[0].at_s > at_s)
    echo = Flipped(at_s, command.on, command.on, "switch")
    echoed = [*events[: index + 1], echo, *events[index + 1 :]]
    assert said(lessons(echoed, LATER, WINDOWS)) == said(lessons(events, LATER, WINDOWS))


@given(evenings(), st.sampled_from([-64.0, 1024.0, 2.0**20]))
def test_only_differences_of_time_matter(events, by_s):
    moved = [
        replace(event, began_s=event.began_s + by_s, ended_s=event.ended_s + by_s)
        if isinstance(event, Spoke)
        else replace(event, at_s=event.at_s + by_s)
        for event in events
    ]
    assert said(lessons(moved, LATER * 9, WINDOWS)) == said(lessons(events, LATER, WINDOWS))


@given(evenings(), evenings())
def test_nothing_is_learned_across_a_clock_that_ran_back(before, after):
    """As if each side had been alone."""
    assume(any(not isinstance(event, Spoke) for event in before))
    assume(not isinstance(after[0], Spoke))
    renumbered = [
        event if isinstance(event, Flipped) else replace(event, utterance=event.utterance + 100)
        for event in after
    ]
    back = [
        replace(event, began_s=event.began_s - 90.0, ended_s=event.ended_s - 90.0)
        if isinstance(event, Spoke)
        else replace(event, at_s=event.at_s - 90.0)
        for event in renumbered
    ]
    last_s = [event.at_s for event in before if not isinstance(event, Spoke)][-1]
    assume(back[0].at_s < last_s)
    alone = said(lessons(before, last_s, WINDOWS)) | said(lessons(back, LATER, WINDOWS))
    assert said(lessons([*before, *back], LATER, WINDOWS)) == alone
