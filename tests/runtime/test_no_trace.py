"""`foreglow forget` after everything that learning does: no byte of the words is left in the state folder."""

import json

import pytest

from export.bundle import BASE_BUNDLE, load_bundle
from runtime.config import Config
from runtime.control import ask
from runtime.control_server import ControlServer
from runtime.journal.journal import Journal
from runtime.journal.requests import journal_handlers
from runtime.learning import assembly
from runtime.learning import retrain as retraining
from runtime.learning.assembly import begin_learning, forget_hook, retrain_now
from runtime.learning.learner import WAITING_FILE
from runtime.learning.lessons import windows_of
from runtime.learning.loop import Loop
from runtime.learning.record import retraining_handlers
from runtime.learning.workplace import FOLDER
from runtime.releases.listing import in_service
from runtime.service import load_service
from tests.runtime.diary import files_with
from tests.runtime.house import House, Lamp
from tests.runtime.lessons_said import FEW

WORDS = ("zanzibara", "quorvexia")


class LearningHouse(House):
    """A house whose teacher is the real one."""

    def __init__(self, config, service, journal, teacher) -> None:
        self.lamp, self.told = Lamp(), []
        self.loop = Loop(
            *(journal, teacher, windows_of(config.learn), lambda: service.reading),
            light=self.lamp, tell=self.told.append, wall=lambda: 1_800_000_000.0,
        )  # fmt: skip


def traces(state) -> list[str]:
    """Files whose bytes, or whose name, hold one of the words."""
    names = [path.name for path in state.rglob("*") if any(word in path.name for word in WORDS)]
    return names + [name for word in WORDS for name in files_with(state, word.encode())]


def test_forgetting_leaves_no_trace_of_what_was_learned_retrained_and_promoted(tmp_path, monkeypatch):
    monkeypatch.setattr(retraining, "load_sanity", lambda _: FEW)
    monkeypatch.setattr(assembly, "load_sanity", lambda _: FEW)
    config = Config().model_copy(update={"state_dir": tmp_path / "state"})
    state = config.state_folder
    state.mkdir()
    with Journal.open(state) as journal:
        service = load_service(config, pytest.fail)
        learner, teacher = begin_learning(config, service, journal)
        house = LearningHouse(config, service, journal, teacher)
        at_s = 10.0
        for number in range(24):
            house.say(at_s, WORDS[number % 2] if number % 3 else f"oh {WORDS[number % 2]} dear")
            house.flip(number % 2 == 0, at_s + 1)
            house.wait(at_s + 20)
            at_s += 100
        house.say(at_s, "turn on the light")  # a lesson that would break the sanity set waits
        for _ in range(40):
            house.loop.correct(25, "none")
            learner.teach(25, ("turn", "on", "the", "light"), "none", "corrected")
        assert len(house.labels) >= 24
        result = retrain_now(config, service, journal)
        assert result.promoted
        (state / FOLDER / "0").mkdir(parents=True)  # a retraining was killed
        (state / FOLDER / "0" / "vocabulary.txt").write_text(WORDS[0])
        assert {"vocabulary.txt", "journal.db"} <= {name.removesuffix("-wal") for name in traces(state)}
        handlers = journal_handlers(
            journal, house.loop.correct, [forget_hook(config, journal, service, learner)]
        ) | retraining_handlers(journal, service)
        with ControlServer(state, handlers):
            told = ask(state, {"do": "forget", "all": True})
            assert any("the household's counts" in each for each in told["learned"])
            assert any(result.version in each for each in told["learned"])
            assert traces(state) == []
        assert in_service(state) == BASE_BUNDLE
        assert service.brain.bundle.version == load_bundle(BASE_BUNDLE).version
        assert len(learner.household) == 0
        assert learner.waiting == frozenset()
        if (state / WAITING_FILE).exists():
            assert json.loads((state / WAITING_FILE).read_text()) == []
    assert traces(state) == []


def test_one_forgotten_utterance_takes_its_word_along_and_leaves_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(retraining, "load_sanity", lambda _: FEW)
    config = Config().model_copy(update={"state_dir": tmp_path / "state"})
    state = config.state_folder
    state.mkdir()
    with Journal.open(state) as journal:
        service = load_service(config, pytest.fail)
        learner, teacher = begin_learning(config, service, journal)
        house = LearningHouse(config, service, journal, teacher)
        for number in range(12):
            house.say(10.0 + 100 * number, WORDS[0] if number == 5 else "lumos")
            house.flip(number % 2 == 0, 11.0 + 100 * number)
            house.wait(30.0 + 100 * number)
        retrain_now(config, service, journal)
        handlers = journal_handlers(
            journal, house.loop.correct, [forget_hook(config, journal, service, learner)]
        )
        handlers["forget"]({"do": "forget", "id": 6})
        assert traces(state) == []
        assert files_with(state, b"lumos")
        assert 5 in learner.household
        assert 6 not in learner.household
