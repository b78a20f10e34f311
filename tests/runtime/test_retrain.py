"""Retraining: what becomes of the journal, when a candidate goes into service, and when not."""

import sys

import pytest

from export.blank import blank_model
from export.bundle import BASE_BUNDLE, BLANK_BUNDLE, load_bundle
from model.calibrate import Calibration, Correction
from model.intent import INTENTS
from runtime.anticipate import answer
from runtime.brain import load_brain
from runtime.config import Config
from runtime.config.learning import LearnConfig
from runtime.errors import RetrainError
from runtime.learning import retrain as retraining
from runtime.learning.learner import SILENCE
from runtime.learning.retrain import BETTER, FORGOTTEN, NO_NEW_WORD, retrain
from runtime.learning.speech_rate import DAY_S, Thresholds
from runtime.learning.trial import Outcome
from runtime.learning.workplace import FOLDER
from runtime.releases.listing import in_service, releases
from runtime.releases.promotion import promote
from runtime.service import brain_in_service
from tests.runtime.bundles import make_bundle
from tests.runtime.lessons_said import FEW, household, said

BASE = load_bundle(BASE_BUNDLE)
STRICT = Thresholds({"light_on": 0.999, "light_off": 0.999}, {"light_on": 0.99, "light_off": 0.99})
LOOSE = Thresholds({"light_on": 0.61, "light_off": 0.61}, {"light_on": 0.6, "light_off": 0.6})


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(retraining, "load_sanity", lambda _: FEW)


@pytest.fixture
def bare(monkeypatch):
    """A board without the training packages."""
    for name in ("torch", "onnx", "hassil"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(retraining, "can_train", lambda: False)


@pytest.fixture
def config(tmp_path):
    return Config().model_copy(update={"state_dir": tmp_path / "state"})


@pytest.fixture
def outcomes(monkeypatch):
    """What the trials find, one after the other: candidate, incumbent, and so on; and the brains that were tried."""
    found, tried = [], []

    def try_out(brain, _tests):
        tried.append(brain)
        return found.pop(0)

    monkeypatch.setattr(retraining, "try_out", try_out)
    return found, tried


def wanting(monkeypatch, thresholds):
    monkeypatch.setattr(retraining, "thresholds_for", lambda *_: thresholds)


def quiet(_done, _total):
    """No progress."""


KNOWN = [("turn on the light", "light_on"), ("what a day", "none")] * 9
"""Lessons without a new word."""

GOOD, WORSE = Outcome(10, 1, 10, 0), Outcome(10, 1, 10, 1)


def test_a_new_word_gets_its_place_and_the_bundle_goes_into_service(config):
    steps = []
    result = retrain(said(*household()), config, lambda *step: steps.append(step))
    assert (result.promoted, result.reason, result.replaced) == (True, BETTER, BASE.version)
    assert in_service(config.state_folder).name == result.version
    words = load_bundle(in_service(config.state_folder)).vocabulary.words
    assert {"lumos", "nox"} <= set(words)
    assert set(words) - set(BASE.vocabulary.words) == {"lumos", "nox"}
    assert steps[-1][0] == steps[-1][1] > 0
    (release, _) = releases(config.state_folder)
    assert release.figures == {
        "candidate": result.candidate.as_json(), "incumbent": result.incumbent.as_json(), "lessons": 30,
    }  # fmt: skip
    brain = brain_in_service(config, pytest.fail)
    leaning = answer(brain.anticipator(), "oh lumos at last").trace[1][INTENTS.index("light_on")]
    base = brain_in_service(
        Config().model_copy(update={"state_dir": config.state_folder / "none"}), pytest.fail
    )
    before = answer(base.anticipator(), "oh lumos at last").trace[1][INTENTS.index("light_on")]
    assert leaning > 10 * before
    assert list((config.state_folder / FOLDER).iterdir()) == []


def test_the_same_once_more_changes_nothing(config):
    first = retrain(said(*household()), config, quiet)
    again = retrain(said(*household()), config, quiet)
    assert (again.promoted, again.version, again.replaced) == (False, None, first.version)
    assert again.reason == NO_NEW_WORD
    assert again.candidate == again.incumbent


def test_a_dry_run_tells_what_would_happen_and_promotes_nothing(config):
    result = retrain(said(*household()), config, quiet, dry_run=True)
    assert (result.promoted, result.version) == (False, None)
    assert result.reason == "a dry run: it would be promoted."
    assert in_service(config.state_folder) == BASE_BUNDLE


@pytest.mark.parametrize(
    ("candidate", "why"), [(WORSE, "switched on 1 of 10"), (Outcome(10, 2, 10, 0), "missed 2")]
)
def test_a_worse_candidate_stays_out(config, outcomes, candidate, why):
    outcomes[0][:] = [candidate, GOOD]
    result = retrain(said(*household()), config, quiet)
    assert (result.promoted, result.version, result.candidate, result.incumbent) == (
        False,
        None,
        candidate,
        GOOD,
    )
    assert result.reason.startswith("not promoted: it ")
    assert why in result.reason
    assert in_service(config.state_folder) == BASE_BUNDLE


def test_both_are_tried_with_what_was_learned_at_once_but_not_with_what_they_are_tried_on(config, outcomes):
    outcomes[0][:] = [GOOD, GOOD]
    lessons = said(*household(20))
    retrain(lessons, config, quiet)
    candidate, incumbent = (brain.session.household for brain in outcomes[1])
    labelled = [each for each in lessons if each.intent]
    taught = {example.number for example in candidate.examples()}
    assert taught == {example.number for example in incumbent.examples()}
    assert taught == {each.number for place, each in enumerate(labelled) if place % 5 != 4}
    assert candidate.base.count(("the",)) > 0


@pytest.mark.usefixtures("bare")
def test_without_the_training_packages_thresholds_follow_the_rate_of_speech(config, monkeypatch):
    wanting(monkeypatch, STRICT)
    result = retrain(said(*household()), config, quiet)
    assert result.promoted
    bundle = load_bundle(in_service(config.state_folder))
    assert (bundle.thresholds, bundle.final_thresholds) == (STRICT.partial, STRICT.final)
    assert bundle.graph == BASE.graph


@pytest.mark.usefixtures("bare")
def test_much_talk_is_asked_to_be_met_with_stricter_thresholds_and_what_they_miss_is_no_objection(
    config, monkeypatch, outcomes
):
    wanting(monkeypatch, STRICT)
    outcomes[0][:] = [GOOD, GOOD]
    assert retrain(said(*household()), config, quiet).promoted
    candidate, incumbent = (brain.policy for brain in outcomes[1])
    assert incumbent.thresholds == candidate.thresholds == STRICT.partial
    assert incumbent.final_thresholds == STRICT.final


def test_looser_thresholds_that_fire_at_talk_are_left_and_the_new_words_taken(config, monkeypatch, outcomes):
    wanting(monkeypatch, LOOSE)
    outcomes[0][:] = [WORSE, GOOD, GOOD, GOOD]
    result = retrain(said(*household()), config, quiet)
    assert result.promoted
    bundle = load_bundle(in_service(config.state_folder))
    assert (bundle.thresholds, bundle.final_thresholds) == (BASE.thresholds, BASE.final_thresholds)
    assert "lumos" in bundle.vocabulary.words
    first, opponent, *_ = (brain.policy.thresholds for brain in outcomes[1])
    assert (first, opponent) == (LOOSE.partial, BASE.thresholds)


@pytest.mark.usefixtures("bare")
def test_looser_thresholds_alone_that_fire_at_talk_are_told_as_the_reason(config, monkeypatch, outcomes):
    wanting(monkeypatch, LOOSE)
    outcomes[0][:] = [WORSE, GOOD]
    result = retrain(said(*KNOWN), config, quiet)
    assert not result.promoted
    assert "switched on 1 of 10" in result.reason


@pytest.mark.usefixtures("bare")
def test_without_packages_a_new_word_is_learned_beside_the_network(config):
    result = retrain(said(*household()), config, quiet)
    assert (result.promoted, result.reason, result.replaced) == (True, BETTER, BASE.version)
    bundle = load_bundle(in_service(config.state_folder))
    assert {*bundle.vocabulary.beside} == {"lumos", "nox"}
    assert bundle.vocabulary.words == BASE.vocabulary.words
    assert (bundle.graph, bundle.words_graph) == (BASE.graph, BASE.words_graph)
    assert bundle.parameters == BASE.parameters + bundle.evidence.parameters - BASE.evidence.parameters
    lumos = answer(brain_in_service(config, pytest.fail).anticipator(), "lumos")
    before = answer(load_brain(config.decide).anticipator(), "lumos")
    assert lumos.trace[-1][0] > 10 * before.trace[-1][0]
    again = retrain(said(*household()), config, quiet)
    assert (again.promoted, again.reason) == (False, NO_NEW_WORD)


@pytest.mark.usefixtures("bare")
def test_thresholds_that_fit_and_no_new_word_change_nothing(config):
    result = retrain(said(*KNOWN), config, quiet)
    assert (result.promoted, result.reason, result.replaced) == (False, NO_NEW_WORD, BASE.version)


def test_nothing_to_learn_from_is_one_sentence(config):
    for nothing in ([], said(("what a day", None))):
        with pytest.raises(RetrainError, match="nothing to learn from"):
            retrain(nothing, config, quiet)


def test_a_bundle_fixed_by_the_configuration_is_not_retrained(config):
    decide = config.decide.model_copy(update={"bundle": BASE_BUNDLE})
    with pytest.raises(RetrainError, match=r"decide\.bundle fixes"):
        retrain(said(*household()), config.model_copy(update={"decide": decide}), quiet)


def test_what_was_forgotten_meanwhile_does_not_stay_in_a_bundle(config):
    lessons = said(*household())
    left = [each for each in lessons if "lumos" not in each.words]
    result = retrain(lessons, config, quiet, said_now=lambda: left)
    assert (result.promoted, result.version, result.reason) == (False, None, FORGOTTEN)
    assert in_service(config.state_folder) == BASE_BUNDLE
    assert retrain(lessons, config, quiet, said_now=lambda: lessons).promoted


def test_from_zero_needs_lessons_for_both(config):
    lessons = said(*[("lumos", "light_on")] * 30, *[("nox", "light_off")] * 9)
    with pytest.raises(RetrainError, match="at least 10 lessons for light_off"):
        retrain(lessons, config, quiet, from_zero=True)


@pytest.mark.usefixtures("bare")
def test_from_zero_needs_the_training_packages(config):
    with pytest.raises(RetrainError, match="needs the training packages"):
        retrain(said(*household(80)), config, quiet, from_zero=True)


def test_from_zero_by_configuration_begins_blank_and_silence_teaches(config, outcomes):
    zero = config.model_copy(update={"learn": LearnConfig(from_zero=True)})
    outcomes[0][:] = [GOOD, GOOD]
    result = retrain(said(*household(80)), zero, quiet)
    assert (result.promoted, result.replaced) == (True, load_bundle(BLANK_BUNDLE).version)
    words = set(load_bundle(in_service(config.state_folder)).vocabulary.words)
    assert "lumos" in words
    assert words <= {word for text, _ in household() for word in text.split()} | {"</s>"}
    candidate, incumbent = outcomes[1]
    assert incumbent.policy.thresholds == load_bundle(BLANK_BUNDLE).thresholds
    counts = candidate.session.household
    assert counts.base.count(("the",)) == 0
    assert {example.strength for example in counts.examples() if example.words == ("what", "a", "day")} == {
        SILENCE
    }


def test_one_from_zero_is_not_measured_by_its_own_thresholds(config, monkeypatch, outcomes):
    """They come from little text, not from how much is said: what it misses with them is its fault."""
    strict = Calibration(Correction(), Correction(), STRICT.partial, STRICT.final)
    monkeypatch.setattr(retraining, "from_nothing", lambda *_, **__: (*blank_model(), strict))
    outcomes[0][:] = [GOOD, GOOD]
    retrain(said(*household(80)), config, quiet, from_zero=True)
    assert [brain.policy.thresholds for brain in outcomes[1]] == [STRICT.partial, BASE.thresholds]


def test_a_bundle_of_a_former_night_is_followed_by_one_from_the_base_model(config):
    """Always from the base model: what was unlearned leaves no trace in the weights."""
    assert retrain(said(*household()), config, quiet).promoted
    others = [("sparkle", "light_on") if text == "lumos" else (text, intent) for text, intent in household()]
    result = retrain(said(*others), config, quiet)
    words = set(load_bundle(in_service(config.state_folder)).vocabulary.words) - set(BASE.vocabulary.words)
    assert result.promoted
    assert words == {"sparkle", "nox"}


@pytest.mark.usefixtures("bare")
def test_the_rate_of_speech_is_that_of_the_journal(config, outcomes):
    outcomes[0][:] = [GOOD] * 2
    lessons = said(*[("what a day", None)] * 7999, ("lumos", "light_on"), every_s=DAY_S / 4000)
    assert retrain(lessons, config, quiet).promoted
    assert load_bundle(in_service(config.state_folder)).thresholds["light_on"] > BASE.thresholds["light_on"]


@pytest.mark.usefixtures("bare")
def test_a_promoted_bundle_made_from_zero_keeps_its_own_thresholds(config, tmp_path):
    folder, version = make_bundle(tmp_path, 1)
    promote(config.state_folder, folder, {})
    result = retrain(said(*household()), config, quiet)
    assert (result.promoted, result.replaced) == (False, version)
