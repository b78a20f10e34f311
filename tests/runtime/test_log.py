"""The log: one line a record, known to journald, not the same line over and over, and no word that was heard."""

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.decision import Decision
from runtime.events import Decided, Labelled, SpeechEnded, Switched
from runtime.supervision.log import LONGEST, REPEAT_S, LineHandler, read_by_journald
from runtime.supervision.log_report import LogReport

ROOT = Path(__file__).parent.parent.parent


class Log:
    """A logger of its own with a clock that is set by hand."""

    def __init__(self, journald: bool) -> None:
        self.stream = io.StringIO()
        self.now_s = 1000.0
        self.handler = LineHandler(self.stream, journald, lambda: self.now_s)
        self.logger = logging.Logger("lamp", logging.DEBUG)
        self.logger.addHandler(self.handler)

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def log() -> Log:
    return Log(journald=False)


def test_journald_is_told_the_priority_of_each_line():
    log = Log(journald=True)
    log.logger.critical("over")
    log.logger.error("broken")
    log.logger.warning("odd")
    log.logger.info("done")
    log.logger.debug("thinking")
    assert log.lines() == ["<3>over", "<3>broken", "<4>odd", "<6>done", "<7>thinking"]


def test_a_terminal_is_told_plain_text(log):
    log.logger.warning("The light %s works again.", "lamp.sh")
    assert log.lines() == ["The light lamp.sh works again."]


def test_a_text_of_several_lines_is_one_line(log):
    log.logger.warning("it said:\n  no\r\n  never\n")
    assert log.lines() == ["it said: no never"]


def test_a_line_too_long_keeps_its_beginning_and_its_end(log):
    log.logger.warning("begin %s end", "x" * 100_000)
    (line,) = log.lines()
    assert len(line) <= LONGEST
    assert line.startswith("begin xxx")
    assert line.endswith("xxx end")


def stumble(word: str) -> None:
    raise KeyError(word)


def test_a_traceback_is_one_line_with_every_place_and_what_caused_it(log):
    try:
        try:
            stumble("lumos")
        except KeyError as error:
            raise OSError("the card is gone") from error
    except OSError:
        log.logger.exception("A lesson could not be taught.")
    (line,) = log.lines()
    assert line.startswith(
        "A lesson could not be taught. [OSError: the card is gone] at runtime/test_log.py:"
    )
    assert " because of [KeyError] at runtime/test_log.py:" in line
    assert line.index(" stumble") < line.index(" test_a_traceback_is_one_line", line.index("because of"))


@pytest.mark.parametrize("error", [KeyError("lumos"), ValueError("lumos"), AssertionError("lumos")])
def test_an_unforeseen_error_does_not_tell_the_word_it_stumbled_over(log, error):
    log.logger.error("odd", exc_info=error)
    assert log.lines() == [f"odd [{type(error).__name__}]"]


def test_the_same_line_comes_once_a_minute_with_how_often_it_was_kept_back(log):
    for second in range(150):
        log.now_s = 1000.0 + second
        log.logger.warning("the light does not answer")
    assert log.lines() == [
        "the light does not answer",
        "the light does not answer (repeated 60 times)",
        "the light does not answer (repeated 60 times)",
    ]


def test_another_line_is_not_kept_back_and_brings_out_what_was(log):
    log.logger.warning("one")
    log.logger.warning("one")
    log.logger.warning("two")
    log.now_s += REPEAT_S
    log.logger.warning("three")
    assert log.lines() == ["one", "two", "three", "one (repeated 1 time)"]


def test_what_was_kept_back_is_told_at_the_end(log):
    for _ in range(3):
        log.logger.warning("one")
    log.handler.close()
    assert log.lines() == ["one", "one (repeated 2 times)"]


def test_ever_new_lines_are_not_remembered_for_ever(log):
    for number in range(10_000):
        log.logger.warning("line %d", number)
    assert len(log.lines()) == 10_000
    assert len(log.handler._written_s) <= 200


def test_a_reader_who_has_gone_does_not_reach_who_logs(log, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log.stream.close()
    log.logger.warning("is anybody there?")
    log.handler.close()


def test_journald_is_known_by_the_device_and_inode_of_the_stream(tmp_path):
    with (tmp_path / "log").open("w") as stream:
        status = os.fstat(stream.fileno())
        ours = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        assert read_by_journald(stream, ours)
        assert not read_by_journald(stream, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino + 1}"})
        assert not read_by_journald(stream, {})
    assert not read_by_journald(stream, ours)
    assert not read_by_journald(io.StringIO(), ours)


def run(program: str, tmp_path: Path, *, journald: bool) -> list[str]:
    """What a Python program says on standard error, with journald or a file at the other end."""
    with (tmp_path / "stderr").open("w+") as stderr:
        status = os.fstat(stderr.fileno())
        stream = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"} if journald else {}
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=os.environ | stream, stderr=stderr)
        return (tmp_path / "stderr").read_text().splitlines()


_DIES = """
import threading, warnings
from runtime.supervision.log import begin_log
begin_log()
warnings.warn("too old")
def work():
    raise RuntimeError("no\\nmore")
thread = threading.Thread(target=work, name="light")
thread.start()
thread.join()
work()
"""


def test_whatever_ends_a_thread_or_the_process_is_one_line_for_journald(tmp_path):
    warned, thread, process = run(_DIES, tmp_path, journald=True)
    assert warned.startswith("<4>")
    assert "too old" in warned
    assert thread.startswith("<3>The thread light has ended: [RuntimeError: no more] at <string>:")
    assert process.startswith("<3>foreglow ends: [RuntimeError: no more] at <string>:")


def test_info_is_for_journald_alone(tmp_path):
    program = (
        "import logging; from runtime.supervision.log import begin_log; begin_log(); logging.info('done')"
    )
    assert run(program, tmp_path, journald=True) == ["<6>done"]
    assert run(program, tmp_path, journald=False) == []


def test_a_service_tells_what_it_did_but_no_word_of_what_was_said(caplog):
    caplog.set_level(logging.DEBUG)
    decision = Decision("light_on", 0.93, ("lumos", "please"), 2, 1.0)
    report = LogReport()
    for event in (
        Decided(1.0, decision),
        SpeechEnded(2.0, 1.5),
        Switched(1.1, True),
        Switched(5.0, False, "switch"),
        Labelled(5.1, 12, "none", "objected", "lumos please"),
    ):
        report.show(event)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "Decided: light_on, 93% sure after word 2.",
        "Switched off by hand (switch).",
        "Utterance 12 meant none (objected).",
    ]
