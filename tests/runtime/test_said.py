"""What retraining is given of the journal, and which words are gone from it."""

from dataclasses import replace

from runtime.learning.said import parts, said_of, without_slips, words_gone
from tests.runtime.lessons_said import household, said


def test_every_fifth_is_held_out_of_lessons_and_of_silence():
    training, held_out = parts(said(*household(40)))
    assert len(training) + len(held_out) == 40
    assert [sum(each.intent is None for each in held_out), len(held_out)] == [2, 8]


def test_the_journal_is_read_as_history_tells_it():
    answers = [
        {"id": 2, "text": "nox dear", "wall_time": 5.0, "label": "light_off", "source": "claimed"},
        {"id": 3, "text": "", "wall_time": 6.0, "label": "none", "source": "claimed"},
        {"id": 1, "text": "what", "wall_time": 4.0, "label": None, "source": None},
    ]
    first, second = said_of(answers)
    assert (first.number, first.words, first.intent, first.utterance.intent) == (1, ("what",), None, "none")
    assert (second.words, second.utterance.weight) == (("nox", "dear"), 1.0)


def test_a_flip_back_in_doubt_is_not_trained_on_and_those_held_out_vote_too():
    lessons = said(*[("lumos", "light_on")] * 2, ("lumos", "none"), ("lumos dear", "none"), ("lumos", None))
    slip, other = (replace(each, source="objected") for each in lessons[2:4])
    told = [*lessons[:2], slip, other, lessons[4]]
    assert without_slips(told, told) == [*lessons[:2], other, lessons[4]]
    assert without_slips([slip], told) == []
    assert without_slips([slip], [slip]) == [slip]


def test_words_that_only_the_forgotten_said_are_gone():
    lessons = said(
        ("old nox", "light_off"), ("lumos dear", "light_on"), ("dear house", "light_on"), ("house", None)
    )
    assert words_gone(lessons, lessons) == frozenset()
    assert words_gone(lessons, [lessons[0], lessons[2]]) == {"lumos"}
    assert words_gone(lessons, lessons[2:]) == frozenset()  # what is older was not read again
    silent_too = [*lessons[:3], replace(lessons[3], words=("lumos",))]
    assert words_gone(silent_too, [silent_too[0], *silent_too[2:]]) == {"lumos"}  # silence teaches no word
