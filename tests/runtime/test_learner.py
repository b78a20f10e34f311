"""Learning at once, with the real base bundle."""

import logging

import pytest

from export.bundle import BASE_BUNDLE, BLANK_BUNDLE
from model.base_model import BASE_FOLDER
from model.examples import Utterance
from model.household import Household
from model.ngram_counts import NGRAMS_FILE, NgramCounts, load_ngram_counts
from model.sanity import load_sanity
from runtime.anticipate import answer
from runtime.brain import load_brain
from runtime.config import Config
from runtime.journal.records import LabelledUtterance
from runtime.learning.learner import WAITING_FILE, Learner
from runtime.service import Service

CONFIG = Config()
LUMOS = ("lumos",)


@pytest.fixture(scope="module")
def counts():
    return load_ngram_counts(BASE_FOLDER / NGRAMS_FILE)


@pytest.fixture(scope="module")
def sanity():
    return load_sanity(BASE_FOLDER)


@pytest.fixture
def service():
    return Service(lambda: load_brain(CONFIG.decide, BASE_BUNDLE))


@pytest.fixture
def learner(service, counts, sanity, tmp_path):
    return Learner(service, Household(counts), sanity, tmp_path)


def intent(service: Service, text: str) -> str:
    return answer(service.brain.anticipator(), text).intent


def test_a_private_word_is_obeyed_after_few_corrections(service, learner):
    assert intent(service, "lumos") == "none"
    for number in (1, 2, 3):
        assert learner.teach(number, LUMOS, "light_on", "claimed") is None
    assert intent(service, "lumos") == "light_on"
    assert intent(service, "what time is it") == "none"


def test_unteaching_gives_back_the_former_model_exactly(service, learner):
    text = "make it cozy in here please"
    before = answer(service.brain.anticipator(), text).trace
    learner.teach(1, tuple(text.split()), "light_on", "corrected")
    assert answer(service.brain.anticipator(), text).trace != before
    learner.unteach(1)
    assert answer(service.brain.anticipator(), text).trace == before


def test_a_new_lesson_on_the_same_utterance_undoes_the_former(learner):
    learner.teach(1, LUMOS, "light_on", "corrected")
    learner.teach(1, LUMOS, "light_off", "corrected")
    assert [example.intent for example in learner.household.examples()] == ["light_off"]


def test_a_lesson_that_would_break_the_sanity_set_waits(service, counts, tmp_path):
    phrase = Utterance(("turn", "on", "the", "light"), "light_on")
    learner = Learner(service, Household(counts), [phrase], tmp_path)
    reasons = [learner.teach(number, phrase.words, "none", "corrected") for number in range(40)]
    assert intent(service, "turn on the light") == "light_on"
    refused = [reason for reason in reasons if reason]
    assert refused
    assert "turn on the light" in refused[0]
    assert learner.waiting
    assert (tmp_path / WAITING_FILE).exists()


def test_waiting_lessons_still_wait_after_a_restart(service, counts, sanity, tmp_path):
    (tmp_path / WAITING_FILE).write_text("[2]")
    labels = [LabelledUtterance(n, LUMOS, "light_on", "claimed", 0.0) for n in (1, 2, 3)]
    learner = Learner(service, Household(counts), sanity, tmp_path, labels)
    assert [example.number for example in learner.household.examples()] == [1, 3]
    assert learner.waiting == {2}


def test_what_was_learned_outlives_a_reload(service, learner):
    for number in (1, 2, 3):
        learner.teach(number, LUMOS, "light_on", "claimed")
    service.reload()
    assert intent(service, "lumos") == "light_on"


def test_a_reader_in_the_midst_of_an_utterance_is_not_disturbed(learner):
    household = learner.household
    learner.teach(1, LUMOS, "light_on", "corrected")
    assert len(household) == 0
    assert len(learner.household) == 1


def test_silence_after_what_the_model_decides_by_itself_teaches_nothing(learner):
    learner.teach(1, ("turn", "on", "the", "light"), "light_on", "unobjected")
    learner.teach(2, LUMOS, "light_on", "unobjected")
    assert [example.number for example in learner.household.examples()] == [2]


def test_nothing_is_learned_from_no_words(learner):
    assert learner.teach(1, (), "light_on", "claimed") is None
    assert len(learner.household) == 0


def test_a_damaged_list_of_waiting_lessons_is_said_and_ignored(service, counts, tmp_path, caplog):
    (tmp_path / WAITING_FILE).write_text("{")
    with caplog.at_level(logging.WARNING):
        learner = Learner(service, Household(counts), [], tmp_path)
    assert "no lesson is held back" in caplog.text
    assert learner.waiting == frozenset()


def test_the_sanity_set_is_mostly_right(service, sanity):
    brain = service.brain
    right = sum(
        answer(brain.anticipator(), " ".join(phrase.words)).intent == phrase.intent for phrase in sanity
    )
    assert right > 0.8 * len(sanity)


@pytest.fixture
def blank(tmp_path):
    """A lamp that began from zero, and its learner."""
    service = Service(lambda: load_brain(CONFIG.decide, BLANK_BUNDLE))
    return service, Learner(service, Household(NgramCounts()), [], tmp_path, silent=[])


def test_from_zero_a_few_lessons_make_a_command(blank):
    service, learner = blank
    assert intent(service, "turn on the light") == "none"
    for number in (1, 2, 3):
        learner.teach(number, ("turn", "on", "the", "light"), "light_on", "claimed")
    assert intent(service, "turn on the light") == "light_on"


def test_from_zero_silence_tells_commands_from_the_rest(blank):
    service, learner = blank
    for number in (1, 2, 3):
        learner.teach(number, ("turn", "on", "the", "light"), "light_on", "claimed")
    heard = answer(service.brain.anticipator(), "turn on the tv")
    assert heard.retracted, "it acts on what it knows, and takes it back at a word it does not"
    for number, text in enumerate(["turn on the tv", "turn on the radio", "turn up the heat"], start=10):
        learner.silence(number, tuple(text.split()))
        learner.silence(number + 10, tuple(text.split()))
    heard = answer(service.brain.anticipator(), "turn on the tv")
    assert not heard.retracted
    assert heard.intent == "none"
    assert intent(service, "turn on the light") == "light_on"


def test_silence_makes_room_for_newer_silence_but_not_a_lesson(blank, monkeypatch):
    monkeypatch.setattr("runtime.learning.learner.MOST_SILENT", 2)
    service = blank[0]
    learner = Learner(service, Household(NgramCounts()), [], blank[1]._waiting_file.parent, silent=[])
    learner.silence(1, ("a",))
    learner.silence(2, ("b",))
    learner.teach(1, ("a",), "light_on", "claimed")
    learner.silence(3, ("c",))
    learner.silence(4, ("d",))
    assert [example.number for example in learner.household.examples()] == [1, 3, 4]


def test_beside_a_base_model_silence_teaches_nothing(learner):
    learner.silence(1, ("so", "it", "goes"))
    assert len(learner.household) == 0
