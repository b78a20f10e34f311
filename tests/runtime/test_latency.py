"""The arithmetic of latencies, and following decisions to the light."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.decision import Decision, Retraction
from runtime.events import Decided, End, Heard, Retracted, SpeechEnded
from runtime.latency import KEPT, Latencies, Latency, Reservoir, Timing, latency, percentile
from runtime.stopwatch import Stopwatch
from transcribe.hypothesis import Hypothesis

seconds = st.floats(-1, 10)

WORDS = ("turn", "on", "the", "light")
TIMING = Timing(at_hand_s=1.5, decode_s=0.02, model_s=0.001, decided_at=100.0)
OVER = SpeechEnded(2.6, 2.0)


def heard(*words: str, final: bool = True, ends: tuple[float, ...] | None = None) -> Heard:
    times = tuple(1.0 + 0.1 * number for number in range(len(words))) if ends is None else ends
    return Heard(2.5, Hypothesis(words, final, 2.5, 0.5, times if final else ()), None)


def decided(*words: str, intent: str = "light_on", timing: Timing | None = TIMING) -> Decided:
    return Decided(1.521, Decision(intent, 0.9, words, len(words), 1.5), timing)


def after(*events, light: bool = False, reached=()) -> Latencies:
    watch = Stopwatch(light=light)
    for event in events:
        watch.hear(event)
        for on, at in reached if isinstance(event, Decided) else ():
            watch.reached(on, at)
    return watch.summary()


@given(st.lists(seconds, min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values, per_cent):
    found = percentile(values, per_cent)
    assert sum(value <= found for value in values) >= per_cent / 100 * len(values)
    assert sum(value < found for value in values) < per_cent / 100 * len(values)


def test_percentiles_of_a_hundred_values_are_the_values():
    values = [float(value) for value in range(100, 0, -1)]
    assert [percentile(values, per_cent) for per_cent in (50, 95, 99, 100)] == [50, 95, 99, 100]


@given(seconds, seconds, seconds, seconds, seconds)
def test_the_parts_are_the_whole(at_hand_s, decode_s, model_s, word_end_s, light_s):
    timing = Timing(at_hand_s, decode_s, model_s, 100.0)
    found = latency(timing, word_end_s, 100.0 + light_s)
    assert found.whole == pytest.approx(at_hand_s + decode_s + model_s - word_end_s + light_s)
    assert found.light == pytest.approx(light_s)
    assert latency(timing, word_end_s).light is None


def test_only_the_newest_are_kept():
    kept = Reservoir()
    for number in range(KEPT + 5):
        kept.add(Latency(float(number), 0, 0))
    measured = kept.summary().measured
    assert len(measured) == KEPT
    assert (measured[0].wait, measured[-1].wait) == (5, KEPT + 4)


def test_what_programs_and_people_are_told():
    of = Latencies(4, 3, 1, 0, tuple(Latency(0.1 * n, 0.02, 0.001, 0.004) for n in (1, 2, 3)))
    told = of.as_json()
    assert (told["decisions"], told["before_final"], told["before_final_percent"]) == (4, 3, 75.0)
    assert told["wait"] == {"p50": 0.2, "p95": 0.3, "p99": 0.3}
    assert told["whole"]["p50"] == 0.225
    assert told["light"]["p99"] == 0.004
    assert of.sentence() == (
        "From the end of the deciding word to the light: 0.23 / 0.33 / 0.33 s (50th / 95th / 99th percentile of 3); "
        "in ms: wait 200 / 300 / 300, decode 20 / 20 / 20, model 1 / 1 / 1, light 4 / 4 / 4; "
        "75% before the recogniser's final."
    )


def test_without_a_decision_there_is_nothing_to_tell():
    nothing = Latencies(0, 0, 0, 0, ())
    assert nothing.sentence() == ""
    assert nothing.as_json()["before_final_percent"] is None
    assert nothing.as_json()["whole"] is None


def test_a_decision_on_a_partial_waits_for_the_final_to_tell_when_its_word_ended():
    before = after(heard("turn", "on", final=False), decided("turn", "on"), heard(*WORDS))
    assert before.decisions == 0
    found = after(heard("turn", "on", final=False), decided("turn", "on"), heard(*WORDS), OVER)
    assert (found.decisions, found.before_final, found.unmatched) == (1, 1, 0)
    (one,) = found.measured
    assert one.wait == pytest.approx(1.5 - 1.1)
    assert (one.decode, one.model, one.light) == (0.02, 0.001, None)


@pytest.mark.parametrize("over", [OVER, End(3.0, 0.1, 0), heard("good", final=False)])
def test_an_utterance_is_over_with_speech_the_sound_or_the_next_one(over):
    assert after(decided("turn", "on"), heard(*WORDS), over).decisions == 1


def test_a_decision_on_the_final_is_not_one_before_it():
    found = after(heard(*WORDS), decided(*WORDS), OVER)
    assert (found.decisions, found.before_final) == (1, 0)
    assert found.measured[0].wait == pytest.approx(1.5 - 1.3)


@pytest.mark.parametrize(
    "final",
    [heard("turn", "off", "the", "light"), heard("turn"), heard(*WORDS, ends=()), heard()],
)
def test_a_word_that_the_final_does_not_have_in_that_place_cannot_be_measured(final):
    found = after(decided("turn", "on"), final, OVER)
    assert (found.decisions, found.unmatched, found.measured) == (1, 1, ())


def test_what_is_taken_back_is_not_counted_but_what_takes_its_place_is():
    gone = decided("turn", "on")
    back = Retracted(2.5, Retraction(gone.decision, WORDS, 2.5))
    assert after(gone, heard(*WORDS), back, OVER).decisions == 0
    found = after(gone, heard(*WORDS), back, decided(*WORDS, intent="light_off"), OVER)
    assert (found.decisions, found.before_final) == (1, 0)


def test_an_utterance_that_is_broken_off_leaves_nothing_to_the_next():
    watch = Stopwatch(light=False)
    watch.hear(decided("turn", "on"))
    watch.break_off()
    for event in (heard(*WORDS), OVER):
        watch.hear(event)
    assert watch.summary().decisions == 0


def test_text_that_nobody_spoke_is_not_timed():
    assert after(decided("turn", "on", timing=None), heard(*WORDS), OVER).decisions == 0


def test_the_light_is_measured_from_the_decision_to_the_state_that_was_wanted():
    events = decided("turn", "on"), heard(*WORDS), OVER
    found = after(*events, light=True, reached=[(True, 99.0), (False, 100.1), (True, 100.2), (True, 100.9)])
    assert found.measured[0].light == pytest.approx(0.2)


def test_a_light_that_comes_after_the_utterance_is_waited_for():
    watch = Stopwatch(light=True)
    for event in (decided("turn", "on"), heard(*WORDS), OVER):
        watch.hear(event)
    assert (watch.summary().decisions, watch.summary().measured) == (1, ())
    watch.reached(False, 101.0)
    watch.reached(True, 107.0)
    assert watch.summary().measured[0].light == pytest.approx(7.0)
    watch.reached(True, 108.0)
    assert len(watch.summary().measured) == 1


def test_a_light_that_is_never_reached_is_counted():
    events = decided("turn", "on"), heard(*WORDS), OVER
    found = after(*events, *events, light=True)
    assert (found.decisions, found.unlit, found.measured) == (2, 1, ())
