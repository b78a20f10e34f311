"""The loop: light first, everything in the journal, each lesson once, and no failure that stops the light."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime.decision import Decision, Retraction
from runtime.errors import ForeglowError, JournalError, UnknownUtteranceError
from runtime.events import Decided, Heard, Labelled, Retracted, SpeechEnded, Switched
from runtime.journal.journal import Journal
from tests.runtime.house import NOON, NOTHING, House, Pupil
from tests.runtime.kept import of
from transcribe.hypothesis import Hypothesis

SURE_ON = (0.97, 0.01, 0.02)


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path, now=lambda: NOON) as journal:
        yield journal


def in_force(journal):
    return [(label.id, label.intent, label.source) for label in journal.labels()]


def test_an_utterance_is_kept_with_all_that_was_made_of_it(journal):
    house = House(journal)
    house.say(10.0, "turn on the light", act="light_on", probabilities=SURE_ON)
    record = journal.utterance(1)
    assert record.words == ("turn", "on", "the", "light")
    assert (record.began_s, record.ended_s, record.wall_time) == (9.0, 10.0, NOON)
    assert (record.decided, record.decided_word, record.decided_s) == ("light_on", 4, 9.5)
    assert record.partials == ("turn on the light",)
    assert record.bundle == "base 1"
    assert len(record.probabilities) == 4
    assert not record.retracted
    house.flip(False, 12.0)
    events = [(each.at_s, each.on, each.who, each.utterance) for each in journal.light_events()]
    assert sorted(events) == [(9.5, True, "lamp", 1), (12.0, False, "switch", None)]


def test_nothing_said_and_nothing_done_is_not_kept(journal):
    house = House(journal)
    house.loop.hear(Heard(1.0, Hypothesis((), True, 1.0, 0.5), None))
    house.loop.hear(SpeechEnded(1.2, 1.0))
    assert list(journal.utterances()) == []


def test_an_objection_is_labelled_and_taught_once(journal):
    house = House(journal)
    house.say(10.0, "it is late", act="light_on")
    house.flip(False, 12.0)
    house.wait(40.0)
    assert house.labels == [(1, "none", "objected")]
    assert in_force(journal) == [(1, "none", "objected")]
    assert house.pupil.taught == [(1, ("it", "is", "late"), "none", "objected")]
    assert house.lamp.states == [True, False]


def test_a_missed_wish_is_claimed_and_an_unobjected_act_confirmed(journal):
    house = House(journal)
    house.say(10.0, "lumos")
    house.flip(True, 12.0)
    house.wait(40.0)
    house.say(50.0, "lights off", act="light_off")
    house.wait(90.0)
    assert house.labels == [(1, "light_on", "claimed"), (2, "light_off", "unobjected")]
    assert of(Labelled, house.told)[1].time == pytest.approx(49.5 + 10.0 + 0.3)


def test_a_flip_flipped_back_undoes_what_it_taught(journal):
    house = House(journal)
    house.say(10.0, "lights on", act="light_on")
    house.flip(False, 12.0)
    house.wait(13.0)
    house.flip(True, 14.0)
    house.wait(40.0)
    assert house.labels == [(1, "none", "objected"), (1, None, "objected"), (1, "light_on", "unobjected")]
    assert [lesson[1:] for lesson in house.pupil.taught][1] == (None,)
    assert in_force(journal) == [(1, "light_on", "unobjected")]


def test_the_switch_does_not_teach_over_what_a_person_said(journal):
    house = House(journal)
    house.say(10.0, "lights on", act="light_on")
    assert house.loop.correct(1, "light_off") is None
    house.flip(False, 12.0)
    house.wait(40.0)
    assert in_force(journal) == [(1, "light_off", "corrected")]
    assert house.pupil.taught == [(1, ("lights", "on"), "light_off", "corrected")]
    house.loop.correct(1, None)
    house.wait(80.0)
    assert in_force(journal) == []
    assert house.pupil.taught[-1] == (1, None)


def test_what_waits_for_retraining_says_so(journal, caplog):
    caplog.set_level(logging.INFO)
    house = House(journal, pupil=Pupil("it would move too much."))
    house.say(10.0, "lumos maxima")
    assert house.loop.correct(1, "light_on") == "it would move too much."
    assert "it would move too much." in caplog.text
    assert "lumos" not in caplog.text


def test_a_correction_of_what_is_not_there_is_refused(journal):
    with pytest.raises(UnknownUtteranceError, match="there is no utterance 7"):
        House(journal).loop.correct(7, "none")


def test_a_retraction_puts_the_light_back_unless_somebody_has_switched_it_since(journal):
    house = House(journal)
    house.say(10.0, "turn on the radio", act="light_on", retract=True)
    assert house.lamp.states == [True, False]
    assert journal.utterance(1).retracted
    house.flip(True, 20.0)
    words = ("off", "the", "record")
    partial, final = Hypothesis(words, False, 30.0, 29.0), Hypothesis(words, True, 31.0, 29.0)
    decision = Decision("light_off", 0.9, words, 1, 30.0)
    house.loop.hear(Heard(30.0, partial, NOTHING))
    house.loop.hear(Decided(30.0, decision))
    house.flip(True, 30.5)
    house.flip(False, 30.8)
    house.loop.hear(Heard(31.0, final, NOTHING))
    house.loop.hear(Retracted(31.0, Retraction(decision, words, 31.0)))
    assert house.lamp.states[-1] is False
    assert house.loop.lit is False
    assert of(Switched, house.told)[-1].on is False


def test_our_own_echo_is_no_flip(journal):
    house = House(journal)
    house.say(10.0, "lights on", act="light_on")
    house.flip(True, 10.2)
    assert house.lamp.states == [True]
    assert [each.who for each in journal.light_events()] == ["lamp"]
    house.flip(True, 13.0)  # too late for an echo: a person makes sure
    assert house.lamp.states == [True, True]


class Broken:
    """A journal on a full disk."""

    def __getattr__(self, name):
        def refuse(*_):
            raise JournalError("The journal cannot be written: the disk is full.")

        return refuse


@pytest.mark.parametrize("journal", [None, Broken()])
def test_without_a_journal_the_lamp_and_its_switch_work(journal, caplog):
    house = House(journal)
    house.say(10.0, "lights on", act="light_on")
    house.flip(False, 12.0)
    house.wait(40.0)
    house.loop.end(41.0)
    assert house.lamp.states == [True, False]
    assert house.pupil.taught == []
    assert len(caplog.records) == (0 if journal is None else 1)


def test_a_teacher_that_cannot_is_said_and_the_label_stays(journal, caplog):
    house = House(journal, pupil=Pupil(ForeglowError("the counts cannot be written.")))
    house.say(10.0, "lumos")
    house.flip(True, 12.0)
    house.wait(40.0)
    assert in_force(journal) == [(1, "light_on", "claimed")]
    assert "the counts cannot be written." in caplog.text


def test_the_light_is_switched_even_while_the_loop_is_busy(journal):
    house = House(journal)
    with house.loop._lock:
        thread = threading.Thread(target=house.flip, args=(True, 1.0))
        thread.start()
        while not house.lamp.states:  # fails by never ending
            pass
        assert not of(Switched, house.told)
    thread.join()
    assert of(Switched, house.told)


def test_a_flip_that_waited_for_an_act_of_the_lamp_still_wins(journal):
    house = House(journal)
    with house.loop._lock:
        thread = threading.Thread(target=house.flip, args=(False, 10.0))
        thread.start()
        while not house.lamp.states:
            pass
        house.say(10.0, "lights on", act="light_on")
    thread.join()
    assert house.lamp.states[-1] is False
    assert house.loop.lit is False


def test_teaching_goes_on_beside_listening(journal):
    with ThreadPoolExecutor(1) as worker:
        held = threading.Event()
        worker.submit(held.wait)
        house = House(journal, worker=worker)
        house.say(10.0, "lumos")
        house.flip(True, 12.0)
        house.wait(40.0)
        assert house.labels == [(1, "light_on", "claimed")]
        assert house.pupil.taught == []
        held.set()
    assert house.pupil.taught == [(1, ("lumos",), "light_on", "claimed")]


def test_silence_after_talk_is_told_once_and_only_when_no_lesson_came(journal):
    house = House(journal)
    house.say(10, "nobody wants anything")
    house.say(40, "lumos")
    house.flip(True, 42)
    house.say(100, "please light", act="light_on")
    house.wait(200)
    house.say(300, "so it goes")
    house.wait(400)
    house.say(500, "and on")
    unremarked = [words for _, words in house.pupil.unremarked]
    assert unremarked == [("nobody", "wants", "anything"), ("so", "it", "goes")]


def test_a_day_of_talk_is_not_held_in_memory(journal):
    house = House(journal)
    for number in range(300):
        house.say(10.0 + 5 * number, "so they say")
        if number % 7 == 0:
            house.flip(not house.loop.lit, 11.0 + 5 * number)
        house.wait(14.0 + 5 * number)
    assert len(house.loop._talks) < 20
    assert len(house.labels) == 43


def test_a_new_session_knows_nothing_of_the_one_before(journal):
    House(journal).say(10.0, "lumos")
    house = House(journal)
    house.flip(True, 10.5)
    house.wait(40.0)
    assert in_force(journal) == []


def test_an_utterance_that_is_broken_off_is_kept_as_far_as_it_was_heard(journal):
    house = House(journal)
    house.loop.hear(Heard(10.0, Hypothesis(("turn", "on", "the"), False, 10.0, 9.0), SURE_ON))
    house.loop.break_off(12.0)
    house.loop.break_off(12.5)
    house.say(20.0, "good night")
    records = sorted(journal.utterances(), key=lambda record: record.began_s)
    assert [record.words for record in records] == [("turn", "on", "the"), ("good", "night")]
    assert [type(event) for event in house.told[:3]] == [Heard, Heard, SpeechEnded]
