"""The folder in which candidates are written: one retraining at a time, and nothing left behind."""

import os
import signal

import pytest

from runtime.errors import RetrainError
from runtime.learning.workplace import FOLDER, clear_workplace, workplace


def left(state):
    return [path.name for path in (state / FOLDER).rglob("*")]


def test_it_is_empty_before_and_after_also_when_something_fails(tmp_path):
    def fail() -> None:
        with workplace(tmp_path) as folder:
            (folder / "0").mkdir()
            (folder / "0" / "vocabulary.txt").write_text("lumos")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert left(tmp_path) == []


def test_a_second_retraining_is_refused(tmp_path):
    with workplace(tmp_path) as folder:
        (folder / "0").mkdir()
        with pytest.raises(RetrainError, match="going on already"), workplace(tmp_path):
            pass
        clear_workplace(tmp_path)
        assert left(tmp_path) == ["0"]
    with workplace(tmp_path):
        pass


def test_what_a_killed_one_left_is_cleared(tmp_path):
    child = os.fork()
    if child == 0:
        with workplace(tmp_path) as folder:
            (folder / "0").mkdir()
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert left(tmp_path) == ["0"]
    clear_workplace(tmp_path)
    assert left(tmp_path) == []


def test_nothing_is_made_where_there_was_no_retraining(tmp_path):
    clear_workplace(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / FOLDER).write_text("")
    with pytest.raises(RetrainError, match="nothing was retrained"), workplace(tmp_path):
        pass


def test_what_cannot_be_removed_is_said(tmp_path, monkeypatch):
    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "0").mkdir()
    monkeypatch.setattr("runtime.learning.workplace.shutil.rmtree", refuse)
    with pytest.raises(RetrainError, match="cannot be emptied: Permission denied"):
        clear_workplace(tmp_path)
