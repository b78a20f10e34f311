"""`foreglow history`, `correct` and `forget`, with a lamp and without one."""

import argparse
import json
import os
import pty
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from runtime.commands.journal import correct, forget, history
from runtime.commands.parser import day_or_time
from runtime.config import Config
from runtime.control_server import ControlServer
from runtime.errors import ControlError, JournalError, UnknownUtteranceError
from runtime.journal.journal import Journal
from runtime.journal.requests import journal_handlers
from runtime.state_lock import state_lock
from tests.runtime.diary import files_with, heard, texts

NOON = datetime(2026, 3, 1, 12).timestamp()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A lamp that has heard three utterances and acted on the last two."""
    with Journal.open(tmp_path) as journal:
        session = journal.begin_session()
        journal.add_utterance(heard("some tea", session, NOON - 60))
        journal.add_utterance(
            heard("turn on the light", session, NOON, decided="light_on", decided_word=2, audio="x.flac")
        )
        journal.add_utterance(
            heard("light roast", session, NOON + 60, decided="light_on", decided_word=1, retracted=True)
        )
        journal.add_label(2, "light_on", "unobjected", NOON + 10)
    return Config(state_dir=tmp_path)


def ask_history(config: Config, **given: Any) -> int:
    options = {"limit": 20, "only": "all", "json": False}
    return history(argparse.Namespace(**options | given), config)


def ask_correct(config: Config, number: int, intent: str, as_json: bool = False) -> int:
    return correct(argparse.Namespace(id=number, intent=intent, json=as_json), config)


def ask_forget(config: Config, **given: Any) -> int:
    options = {"id": None, "before": None, "all": False, "dry_run": False, "yes": False, "json": False}
    return forget(argparse.Namespace(**options | given), config)


def test_history_is_a_table_with_the_newest_first(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask_history(config) == 0
    assert capsys.readouterr().out.splitlines() == [
        "id  when              did                   label                  heard",
        " 3  2026-03-01 12:01  light_on, taken back  -                      light | roast",
        " 2  2026-03-01 12:00  light_on              light_on (unobjected)  turn on | the light",
        " 1  2026-03-01 11:59  -                     -                      some tea",
    ]


def test_history_as_json_is_one_utterance_a_line(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask_history(config, json=True, only="labelled") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "id": 2,
        "session": 1,
        "wall_time": NOON,
        "text": "turn on the light",
        "decided": "light_on",
        "word": 2,
        "retracted": False,
        "probabilities": [0.125, 0.0, 0.875],
        "label": "light_on",
        "source": "unobjected",
        "bundle": "base",
        "audio": "x.flac",
    }


def test_a_long_history_comes_in_pages(
    config: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.commands.journal.MOST_AT_ONCE", 2)
    for limit, expected in ((1, [3]), (2, [3, 2]), (3, [3, 2, 1]), (50, [3, 2, 1])):
        ask_history(config, json=True, limit=limit)
        found = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
        assert found == expected


def test_nothing_heard_is_said_to_people_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(state_dir=tmp_path / "new")
    assert ask_history(config) == 0
    assert capsys.readouterr().out == "nothing was heard.\n"
    assert ask_history(config, json=True) == 0
    assert capsys.readouterr().out == ""


def test_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal.open(tmp_path) as journal:
        journal.add_utterance(heard("a\x1b[31mb", journal.begin_session()))
    ask_history(Config(state_dir=tmp_path))
    ask_correct(Config(state_dir=tmp_path), 1, "none")
    assert "\x1b" not in capsys.readouterr().out


def test_an_utterance_is_corrected_and_that_is_undone(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask_correct(config, 2, "none") == 0
    assert capsys.readouterr().out.splitlines() == [
        'utterance 2, "turn on the light", is now none (it was light_on).',
        "The lamp does not act on it yet: no lamp is running; the next one to start learns from it.",
    ]
    assert ask_correct(config, 2, "undo", as_json=True) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["id"], answer["intent"], answer["was"]) == (2, None, "none")
    with Journal.open(config.state_folder) as journal:
        assert list(journal.labels()) == []


def test_a_number_that_is_not_there_is_one_sentence(config: Config) -> None:
    with pytest.raises(UnknownUtteranceError, match="no utterance 9"):
        ask_correct(config, 9, "none")
    with pytest.raises(UnknownUtteranceError, match="no utterance 9"):
        ask_forget(config, id=9)


def test_a_running_lamp_is_asked_and_teaches(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    taught: list[tuple[int, str | None]] = []

    def teach(utterance: int, intent: str | None) -> None:
        taught.append((utterance, intent))

    folder = config.state_folder
    with Journal.open(folder) as journal:
        handlers = journal_handlers(journal, teach, [lambda ids: f"{len(ids)} examples"])
        with ControlServer(folder, handlers):
            ask_history(config)
            ask_correct(config, 1, "light_on")
            ask_correct(config, 1, "undo")
            ask_forget(config, id=1)
            with pytest.raises(ControlError, match="no utterance 1; `foreglow history` lists them"):
                ask_correct(config, 1, "none")
    out = capsys.readouterr().out
    assert "some tea" in out
    assert "forgot 1 utterance, 0 labels, 0 light events and 0 clips.\nremoved 1 examples.\n" in out
    assert taught == [(1, "light_on"), (1, None)]


def test_while_another_uses_the_folder_nothing_is_touched(config: Config) -> None:
    # In another process: a lock is not in the way of the process that holds it.
    program = "import sys, time; from pathlib import Path; from runtime.state_lock import state_lock\n"
    program += "with state_lock(Path(sys.argv[1])): print(flush=True); time.sleep(60)"
    top = Path(__file__).parents[2]
    command = [sys.executable, "-c", program, str(config.state_folder)]
    with subprocess.Popen(command, cwd=top, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(ControlError, match="already running"):
            ask_forget(config, all=True)
        other.kill()
    with state_lock(config.state_folder), Journal.open(config.state_folder) as journal:
        assert len(texts(journal)) == 3


def test_forgetting_before_a_day_and_everything(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask_forget(config, before=NOON, dry_run=True) == 0
    assert capsys.readouterr().out == "would forget 1 utterance, 0 labels, 0 light events and 0 clips.\n"
    assert ask_forget(config, before=NOON) == 0
    assert ask_forget(config, all=True, json=True) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[1])
    assert (report["utterances"], report["labels"]) == (2, 1)
    for word in (b"tea", b"turn on", b"roast"):
        assert files_with(config.state_folder, word) == []


@pytest.mark.parametrize(("reply", "left"), [(b"n\n", 3), (b"\n", 3), (b"y\n", 0)])
def test_at_a_terminal_it_is_asked_first(
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reply: bytes,
    left: int,
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        os.write(ours, reply)
        assert ask_forget(config, all=True) == 0
    os.close(ours)
    assert "would forget 3 utterances" in capsys.readouterr().err
    with Journal.open(config.state_folder) as journal:
        assert len(texts(journal)) == left


def test_a_damaged_journal_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "journal.db").write_bytes(b"x" * 5000)
    ask_history(Config(state_dir=tmp_path))
    assert "foreglow: the journal was damaged; it is kept as" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "", "2026-03-01T25:00"])
def test_what_is_no_day_is_wrong_usage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write it like 2026-03-01"):
        day_or_time(text)


def test_a_day_begins_at_midnight_here() -> None:
    assert day_or_time("2026-03-01") == NOON - 12 * 3600
    assert day_or_time("2026-03-01T12:00") == NOON


@pytest.mark.parametrize(
    "request_",
    [
        {"do": "history", "limit": "3"},
        {"do": "history", "limit": -1},
        {"do": "history", "only": "some"},
        {"do": "history", "only": ["all"]},
        {"do": "history", "before": 1.5},
        {"do": "correct", "id": 1},
        {"do": "correct", "id": 1, "intent": ["none"]},
        {"do": "correct", "id": True, "intent": "none"},
        {"do": "correct", "id": 2**70, "intent": "none"},
        {"do": "uncorrect"},
        {"do": "forget"},
        {"do": "forget", "id": 1, "all": True},
        {"do": "forget", "all": "yes"},
        {"do": "forget", "before": True},
        {"do": "forget", "before": "2026-03-01"},
        {"do": "forget", "before": float("nan")},
        {"do": "forget", "id": 0},
    ],
)
def test_a_malformed_request_is_refused_with_a_sentence_and_does_nothing(
    config: Config, request_: dict[str, Any]
) -> None:
    with Journal.open(config.state_folder) as journal:
        handlers = journal_handlers(journal, lambda *_: pytest.fail("taught"))
        with pytest.raises(JournalError, match=r"\.$"):
            handlers[request_["do"]](request_)
        assert len(texts(journal)) == 3
