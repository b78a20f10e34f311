"""`foreglow retrain`, beside a running lamp and without one."""

import json
import os

import pytest

from export.bundle import BASE_BUNDLE
from runtime.cli import main
from runtime.commands.retrain import read_said
from runtime.config import load_config
from runtime.control_server import ControlServer
from runtime.journal.journal import Journal
from runtime.journal.requests import journal_handlers
from runtime.learning import retrain as retraining
from runtime.learning.record import retraining_handlers
from runtime.releases.listing import in_service
from runtime.service import load_service
from tests.runtime.lessons_said import FEW, household, write_down


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(retraining, "load_sanity", lambda _: FEW)
    monkeypatch.setattr("runtime.commands.retrain.MOST_AT_ONCE", 7)


@pytest.fixture(autouse=True)
def niceness(monkeypatch):
    """This process stays as nice as it is; what was asked for."""
    asked = []
    monkeypatch.setattr(os, "nice", lambda more: asked.append(more) or 3)
    return asked


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "device.yaml"
    path.write_text(f"state_dir: {tmp_path / 'state'}\n")
    (tmp_path / "state").mkdir()
    return path


@pytest.fixture
def state(path):
    with Journal.open(path.parent / "state") as journal:
        write_down(journal, household())
    return path.parent / "state"


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_without_a_lamp_it_writes_the_journal_itself(path, state, capsys, niceness):
    assert main(["retrain", "--json", "--config", str(path)]) == 0
    *progress, result = lines(capsys.readouterr().out)
    assert {line["event"] for line in progress} == {"progress"}
    assert progress[-1]["done"] == progress[-1]["total"]
    assert (result["event"], result["promoted"]) == ("result", True)
    assert in_service(state).name == result["version"]
    with Journal.open(state) as journal:
        (row,) = journal.retrainings()
        assert (row.promoted, row.bundle, row.candidate) == (True, result["version"], result["candidate"])
        assert row.began <= row.ended
        assert [p.bundle for p in journal.promotions()] == [result["version"]]
    assert niceness == [0, 16]


def test_beside_a_lamp_that_lamp_writes_it_and_takes_it_up(path, state, capsys):
    config = load_config(path)
    with Journal.open(state) as journal:
        service = load_service(config, pytest.fail)
        handlers = journal_handlers(journal, pytest.fail) | retraining_handlers(journal, service)
        with ControlServer(state, handlers):
            assert main(["retrain", "--json", "--config", str(path)]) == 0
        result = lines(capsys.readouterr().out)[-1]
        assert service.brain.bundle.version == result["version"]
        assert [row.bundle for row in journal.retrainings()] == [result["version"]]


@pytest.mark.usefixtures("state")
def test_all_pages_of_the_journal_are_read(path):
    said = read_said(load_config(path))
    assert [each.number for each in said] == list(range(1, 41))
    assert [(each.words, each.intent) for each in said[:3]] == [
        (("lumos",), "light_on"), (("nox", "dear"), "light_off"), (("what", "a", "day"), None),
    ]  # fmt: skip


def test_a_dry_run_leaves_journal_and_releases_alone(path, state, capsys):
    assert main(["retrain", "--dry-run", "--config", str(path)]) == 0
    told = capsys.readouterr().out
    assert "a dry run: it would be promoted." in told
    assert "commands obeyed" in told
    assert in_service(state) == BASE_BUNDLE
    with Journal.open(state) as journal:
        assert journal.retrainings() == []


def test_contradictions_are_named_with_what_to_do(path, state, capsys):
    with Journal.open(state) as journal:
        journal.add_label(1, "light_off", "claimed", 0.0)
    assert main(["retrain", "--dry-run", "--config", str(path)]) == 0
    assert "`foreglow correct 1 light_on`" in capsys.readouterr().err
    assert main(["retrain", "--dry-run", "--json", "--config", str(path)]) == 0
    first = lines(capsys.readouterr().out)[0]
    assert (first["event"], first["id"], first["suggested"]) == ("contradiction", 1, "light_on")


def test_nothing_to_learn_from_is_one_sentence_and_exit_1(path, capsys):
    assert main(["retrain", "--config", str(path)]) == 1
    assert (
        capsys.readouterr().err == "foreglow: there is nothing to learn from yet: no utterance has a label.\n"
    )


@pytest.mark.usefixtures("state")
def test_from_zero_with_too_few_lessons_says_how_many(path, capsys):
    assert main(["retrain", "--from-zero", "--config", str(path)]) == 1
    assert "at least 10 lessons for light_on" in capsys.readouterr().err


def test_people_are_told_what_came_of_it(path, state, capsys):
    assert main(["retrain", "--config", str(path)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("promoted: ")
    assert told[1].split()[0] == "candidate"
    assert told[2].split()[:2] == ["in", "service"]
    assert told[3].split() == ["in", "service", "now:", in_service(state).name]
