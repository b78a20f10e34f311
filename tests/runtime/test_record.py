"""How a retraining went, and what is in service, is in the journal; a socket may bring anything."""

import pytest

from export.bundle import BASE_BUNDLE, load_bundle
from runtime.config import Config
from runtime.control import ask
from runtime.control_server import ControlServer
from runtime.errors import ControlError, JournalError
from runtime.journal.journal import Journal
from runtime.learning.record import (
    lessons_since_retraining,
    note_in_service,
    record_retraining,
    retraining_handlers,
)
from runtime.releases.promotion import promote, rollback
from runtime.service import load_service
from tests.runtime.bundles import make_bundle
from tests.runtime.lessons_said import household, write_down

BASE = load_bundle(BASE_BUNDLE).version
FIGURES = {"commands": 2, "missed": 1, "others": 3, "false_activations": 0}
PROMOTED = {
    "event": "result", "promoted": True, "reason": "better.", "candidate": FIGURES,
    "incumbent": {**FIGURES, "missed": 2}, "version": "0123456789ab", "replaced": BASE,
}  # fmt: skip
REFUSED = PROMOTED | {"promoted": False, "version": None, "reason": "not promoted."}


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path) as journal:
        yield journal


def test_a_promotion_is_two_rows_and_a_refusal_one(journal):
    record_retraining(journal, REFUSED, 1.0, 2.0)
    record_retraining(journal, PROMOTED, 3.0, 4.5)
    first, second = journal.retrainings()
    assert (first.began, first.ended, first.promoted, first.reason, first.bundle) == (
        1.0,
        2.0,
        False,
        "not promoted.",
        None,
    )
    assert (second.candidate, second.incumbent, second.bundle) == (
        FIGURES,
        {**FIGURES, "missed": 2},
        "0123456789ab",
    )
    (promotion,) = journal.promotions()
    assert (promotion.at, promotion.bundle, promotion.replaced, promotion.reason) == (
        4.5,
        "0123456789ab",
        BASE,
        "better.",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"promoted": "yes"}, {"reason": None}, {"reason": "x" * 1001}, {"candidate": ["lumos"]},
        {"incumbent": {"missed": "lumos"}}, {"version": "../../etc"}, {"version": None}, {"replaced": None},
    ],
)  # fmt: skip
def test_what_no_retraining_tells_is_refused(journal, wrong):
    with pytest.raises(JournalError, match="not what a retraining tells"):
        record_retraining(journal, PROMOTED | wrong, 1.0, 2.0)
    assert journal.promotions() == journal.retrainings() == []


@pytest.mark.parametrize("times", [(None, 1.0), (1.0, "2"), (float("nan"), 1.0), (-1.0, 1.0), (True, 1.0)])
def test_times_must_be_times(journal, times):
    with pytest.raises(JournalError):
        record_retraining(journal, REFUSED, *times)


def test_what_is_in_service_is_noted_when_it_is_another(journal):
    note_in_service(journal, BASE, 1.0, "start.")
    assert journal.promotions() == []
    note_in_service(journal, "0123456789ab", 2.0, "start.")
    note_in_service(journal, "0123456789ab", 3.0, "start.")
    note_in_service(journal, BASE, 4.0, "back.")
    assert [(p.at, p.bundle, p.replaced) for p in journal.promotions()] == [
        (2.0, "0123456789ab", BASE), (4.0, BASE, "0123456789ab"),
    ]  # fmt: skip


def test_a_running_lamp_writes_it_down_and_takes_the_new_bundle_up(tmp_path):
    config = Config().model_copy(update={"state_dir": tmp_path / "state"})
    with Journal.open(tmp_path) as journal:
        service = load_service(config, pytest.fail)
        handlers = retraining_handlers(journal, service, now=lambda: 9.0)
        folder, version = make_bundle(tmp_path, 1)
        with ControlServer(config.state_folder, handlers):
            promote(config.state_folder, folder, {})
            told = {"do": "retrained", "began": 1.0, "ended": 2.0}
            answer = ask(config.state_folder, told | {"result": REFUSED})
            assert answer == {"bundle": BASE}
            assert service.brain.bundle.version == BASE
            answer = ask(config.state_folder, told | {"result": PROMOTED | {"version": version}})
            assert answer == {"bundle": version}
            assert service.brain.bundle.version == version
            with pytest.raises(ControlError, match="not what a retraining tells"):
                ask(config.state_folder, told)
            rollback(config.state_folder)
            assert ask(config.state_folder, {"do": "reload"}) == {"bundle": BASE}
        assert [(p.at, p.bundle) for p in journal.promotions()] == [(2.0, version), (9.0, BASE)]
        assert len(journal.retrainings()) == 2


def test_a_lamp_without_a_journal_says_so(tmp_path):
    service = load_service(Config().model_copy(update={"state_dir": tmp_path}), pytest.fail)
    handlers = retraining_handlers(None, service)
    with pytest.raises(JournalError, match="keeps no journal"):
        handlers["retrained"]({"result": REFUSED, "began": 1.0, "ended": 2.0})
    assert handlers["reload"]({}) == {"bundle": BASE}


def test_lessons_are_counted_from_the_last_retraining_on(journal):
    write_down(journal, household(8), begin=1_000.0)
    assert lessons_since_retraining(journal) == 6
    journal.add_label(1, "none", "corrected", 9_500.0)
    record_retraining(journal, REFUSED, 9_000.0, 9_900.0)  # that label was given while it went on
    assert lessons_since_retraining(journal) == 1
