"""What learns, put together for one state folder."""

import logging
from pathlib import Path

import pytest

from export.bundle import BASE_BUNDLE, load_bundle
from model.intent import INTENTS
from runtime.anticipate import answer
from runtime.config import Config
from runtime.config.learning import LearnConfig
from runtime.errors import ReleaseError
from runtime.journal.journal import Journal
from runtime.journal.records import Promotion
from runtime.learning import assembly
from runtime.learning import retrain as retraining
from runtime.learning.assembly import (
    LOOK_BACK_DAYS,
    begin_learning,
    fall_back_if_worse,
    forget_hook,
    learn_in_script,
    make_learner,
    make_nightly,
    retrain_now,
    watched,
)
from runtime.learning.child import retrain_command
from runtime.learning.teacher import LaterTeacher
from runtime.learning.workplace import FOLDER
from runtime.releases.listing import in_service, releases
from runtime.releases.promotion import promote
from runtime.service import load_service
from tests.runtime.bundles import make_bundle
from tests.runtime.diary import DAY_S, heard
from tests.runtime.house import Pupil
from tests.runtime.lessons_said import FEW, NOON, household, write_down

BASE = load_bundle(BASE_BUNDLE).version


@pytest.fixture
def config(tmp_path):
    return Config().model_copy(update={"state_dir": tmp_path / "state"})


@pytest.fixture
def journal(config):
    config.state_folder.mkdir()
    with Journal.open(config.state_folder) as journal:
        yield journal


@pytest.fixture
def service(config):
    return load_service(config, pytest.fail)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(retraining, "load_sanity", lambda _: FEW)
    monkeypatch.setattr(assembly, "load_sanity", lambda _: FEW)


@pytest.fixture
def made(tmp_path):
    return [make_bundle(tmp_path, seed) for seed in range(2)]


def test_a_lamp_that_starts_knows_what_it_was_taught(config, service, journal):
    write_down(journal, household(16))
    learner = make_learner(config, service, journal)
    assert len(learner.household) == 12
    assert answer(service.brain.anticipator(), "lumos").intent == "light_on"
    assert learner.household.base.count(("the",)) > 0


def test_from_zero_it_starts_blank_and_remembers_silence(config, journal):
    zero = config.model_copy(update={"learn": LearnConfig(from_zero=True)})
    numbers = write_down(journal, household(8))
    journal.add_utterance(heard("the lamp acted", 1, NOON, decided="light_on"))
    service = load_service(zero, pytest.fail)
    learner = make_learner(zero, service, journal)
    assert {example.number for example in learner.household.examples()} == set(numbers)
    assert learner.household.base.count(("the",)) == 0
    assert answer(service.brain.anticipator(), "turn on the light").intent == "none"


def test_forgetting_unlearns_and_drops_bundles_that_know_the_words(config, service, journal, made):
    numbers = write_down(
        journal, [("lumos0 dear", "light_on"), ("lumos1 dear", "light_on"), ("dear house", "none")]
    )
    learner = make_learner(config, service, journal)
    for folder, _ in made:
        promote(config.state_folder, folder, {})
    service.reload()
    (config.state_folder / FOLDER).mkdir()
    (config.state_folder / FOLDER / "lumos1").write_text("lumos1")
    told = forget_hook(config, journal, service, learner)({numbers[1]})
    assert told == f"1 examples of the household's counts, the bundle {made[1][1]}, which knew their words"
    assert service.brain.bundle.version == made[0][1]
    assert {example.number for example in learner.household.examples()} == {numbers[0], numbers[2]}
    assert list((config.state_folder / FOLDER).iterdir()) == []


def test_a_word_that_another_lesson_taught_too_stays(config, journal, made):
    numbers = write_down(journal, [("lumos0", "light_on"), ("lumos0 again", "light_on")])
    promote(config.state_folder, made[0][0], {})
    assert forget_hook(config, journal)({numbers[0]}) == ""
    assert in_service(config.state_folder).name == made[0][1]
    assert forget_hook(config, journal)(set(numbers)) != ""
    assert in_service(config.state_folder) == BASE_BUNDLE


@pytest.mark.usefixtures("few")
def test_retraining_in_this_process_is_written_down_and_taken_up(config, service, journal):
    write_down(journal, household())
    times = iter((10.0, 20.0))
    result = retrain_now(config, service, journal, lambda: next(times))
    assert result.promoted
    assert service.brain.bundle.version == result.version
    (row,) = journal.retrainings()
    assert (row.began, row.ended, row.bundle, row.reason) == (10.0, 20.0, result.version, result.reason)
    assert [(p.bundle, p.replaced) for p in journal.promotions()] == [(result.version, BASE)]


def objections(journal, *days: float):
    """Utterances that were objected to, so many days after noon."""
    for day in days:
        number = journal.add_utterance(heard("turn on the radio", 1, NOON + day * DAY_S))
        journal.add_label(number, "none", "objected", NOON + day * DAY_S)


@pytest.fixture
def promoted(config, journal, made):
    """A quiet month, and a promotion after it."""
    journal.begin_session()
    number = journal.add_utterance(heard("good morning", 1, NOON - 40 * DAY_S))
    journal.add_label(number, "none", "unobjected", NOON - 40 * DAY_S)
    for index, (folder, version) in enumerate(made):
        promote(config.state_folder, folder, {})
        journal.add_promotion(Promotion(NOON - (35 if index == 0 else 0) * DAY_S, version, BASE, "better."))
    return load_service(config, pytest.fail), made[0][1], made[1][1]


def test_more_objections_than_before_and_it_falls_back_for_good(config, journal, promoted):
    service, former, version = promoted
    objections(journal, 0.2, 0.4, 0.6, 0.8)
    assert fall_back_if_worse(config, service, journal, NOON + DAY_S) == version
    assert service.brain.bundle.version == former
    standing = {release.version: release for release in releases(config.state_folder)}
    assert standing[version].standing == "refused"
    assert standing[version].refused == "4 objections in 1.0 days, 0 before"
    assert [p.bundle for p in journal.promotions()][-2:] == [version, former]
    assert fall_back_if_worse(config, service, journal, NOON + DAY_S) is None


@pytest.mark.parametrize("days", [(), (0.2, 0.4), (-20.0, -15.0, -9.0, -6.0, -4.0, -2.0, 0.2, 1.4, 2.6)])
def test_few_objections_or_as_many_as_ever_are_no_reason(config, journal, promoted, days):
    service, _, version = promoted
    objections(journal, *days)
    assert fall_back_if_worse(config, service, journal, NOON + 3 * DAY_S) is None
    assert service.brain.bundle.version == version


def test_what_was_long_before_does_not_excuse_it(config, journal, promoted):
    service, _, version = promoted
    objections(journal, *(-LOOK_BACK_DAYS - 0.1 * n for n in range(1, 40)), 0.2, 0.4, 0.6, 0.8)
    assert fall_back_if_worse(config, service, journal, NOON + DAY_S) == version


def test_a_bundle_whose_promotion_is_not_known_is_left(config, journal, made):
    journal.begin_session()
    promote(config.state_folder, made[0][0], {})
    service = load_service(config, pytest.fail)
    objections(journal, 0.2, 0.4, 0.6, 0.8)
    assert fall_back_if_worse(config, service, journal, NOON + DAY_S) is None
    journal.add_promotion(Promotion(NOON, "0123456789ab", BASE, "another."))
    assert fall_back_if_worse(config, service, journal, NOON + DAY_S) is None


def test_after_each_objection_somebody_looks_and_only_then(config, service, journal, monkeypatch):
    looks = []
    monkeypatch.setattr(assembly, "fall_back_if_worse", lambda *given: looks.append(given[-1]))
    pupil = Pupil("it waits.")
    teacher = watched(pupil, config, service, journal, lambda: 7.0)
    assert teacher.teach(1, ("lumos",), "light_on", "claimed") == "it waits."
    teacher.unteach(1)
    teacher.silence(2, ("a",))
    assert looks == []
    assert teacher.teach(3, ("radio",), "none", "objected") == "it waits."
    assert looks == [7.0]
    assert pupil.taught == [
        (1, ("lumos",), "light_on", "claimed"),
        (1, None),
        (3, ("radio",), "none", "objected"),
    ]
    assert pupil.unremarked == [(2, ("a",))]


def test_a_look_that_fails_is_said_and_costs_no_lesson(config, service, journal, monkeypatch, caplog):
    def fail(*_given):
        raise ReleaseError("the folder cannot be written.")

    monkeypatch.setattr(assembly, "fall_back_if_worse", fail)
    with caplog.at_level(logging.WARNING):
        assert watched(Pupil(), config, service, journal).teach(3, ("radio",), "none", "objected") is None
    assert "the folder cannot be written." in caplog.text


@pytest.mark.usefixtures("few")
def test_a_lamp_that_starts_notes_a_promotion_that_nobody_lived_to_write_down(config, journal, made):
    promote(config.state_folder, made[0][0], {})
    (config.state_folder / FOLDER / "0").mkdir(parents=True)
    learner, teacher = begin_learning(config, load_service(config, pytest.fail), journal)
    assert learner is not None
    teacher.teach(1, ("nox",), "light_off", "corrected")
    assert 1 in learner.household
    assert [(p.bundle, p.replaced) for p in journal.promotions()] == [(made[0][1], BASE)]
    assert list((config.state_folder / FOLDER).iterdir()) == []


def test_without_a_journal_nothing_is_learned_at_once_and_no_night_comes(config, service):
    learner, teacher = begin_learning(config, service, None)
    assert learner is None
    assert isinstance(teacher, LaterTeacher)
    assert make_nightly(config, None, None)._at is None


def test_the_night_is_that_of_the_configuration(config, journal, monkeypatch):
    commands = []
    monkeypatch.setattr(assembly, "Child", commands.append)
    learn = LearnConfig(retrain_at="13:05", retrain_after=7)
    nightly = make_nightly(config.model_copy(update={"learn": learn}), Path("device.yaml"), journal)
    assert (nightly._at.hour, nightly._at.minute, nightly._least_lessons) == (13, 5, 7)
    write_down(journal, household(8))
    assert nightly._new_lessons() == 6
    nightly._start()
    assert commands == [retrain_command(Path("device.yaml"))]
    never = LearnConfig(retrain_at=None)
    assert make_nightly(config.model_copy(update={"learn": never}), None, journal)._at is None
    fixed = config.decide.model_copy(update={"bundle": BASE_BUNDLE})
    assert make_nightly(config.model_copy(update={"decide": fixed}), None, journal)._at is None


def test_in_a_script_a_retraining_that_cannot_be_is_told(config, service, journal):
    _, retrained = learn_in_script(config, service, journal, lambda: NOON)
    told = retrained()
    assert (told["event"], told["promoted"]) == ("result", False)
    assert "nothing to learn from" in told["reason"]


@pytest.mark.usefixtures("few")
def test_what_a_retraining_gives_is_there_for_the_next_utterance(config, service, journal):
    write_down(journal, household())
    learner = make_learner(config, service, journal)
    before = answer(service.brain.anticipator(), "oh lumos at last").trace[1]
    retrain_now(config, service, journal)
    after = answer(service.brain.anticipator(), "oh lumos at last").trace[1]
    assert after[INTENTS.index("light_on")] > before[INTENTS.index("light_on")]
    assert len(learner.household) == 30  # beside the new bundle too
