"""The journal on a bad day: killed, out of space, damaged, from another version."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.errors import JournalError
from runtime.journal.file import FILE_NAME
from runtime.journal.journal import Journal
from runtime.journal.schema import MIGRATIONS, migrate
from tests.runtime.diary import heard, switched, texts

TOP = Path(__file__).parents[2]

TALK = """
import sys
from pathlib import Path
from runtime.journal.journal import Journal
from tests.runtime.diary import heard, switched
with Journal.open(Path(sys.argv[1])) as journal:
    session = journal.begin_session()
    for round in range(10**9):
        number = journal.add_utterance(heard(f"lumos {round}", session))
        journal.add_light_event(switched(True, session, utterance=number))
        if round % 3 == 0:
            journal.add_label(number, "light_on", "claimed", 1.0)
            print(number, flush=True)
        if round % 50 == 49:
            journal.remove(journal.oldest(10, of_persons=False), for_good=round % 100 == 99)
"""
"""Talks until it is killed; prints the number of each utterance whose label it was told is kept."""


def test_killed_at_any_moment_it_is_whole_and_has_every_label_of_a_person(tmp_path: Path) -> None:
    chance = random.Random(4)
    promised: list[int] = []
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", TALK, str(tmp_path)], cwd=TOP, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        promised.append(int(child.stdout.readline()))  # it is at work
        threading.Event().wait(chance.uniform(0.0, 0.25))
        child.kill()
        promised += [int(line) for line in child.stdout.read().splitlines() if line]
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        with Journal.open(tmp_path) as journal:
            assert journal.set_aside is None
            kept = {label.id for label in journal.labels() if label.source == "claimed"}
            assert set(promised) <= kept
            with closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
                assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    assert len(promised) == len(set(promised)) >= 12


@pytest.fixture
def small_files() -> object:
    """No file may grow beyond 600 kB in this process: to SQLite a disk that takes no more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def limit(size_bytes: int = 600_000) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_is_told_and_nothing_is_lost_once_there_is_room(
    tmp_path: Path, small_files: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.journal.writer.FLUSH_AFTER_S", 600.0)
    with Journal.open(tmp_path) as journal:
        session = journal.begin_session()
        journal.add_utterance(heard("before", session))
        journal.flush()
        small_files()
        for _ in range(3):
            number = journal.add_utterance(heard("x" * 400_000, session))
        with pytest.raises(JournalError, match=r"^the journal .*journal\.db cannot be used: [^.]*\.$"):
            journal.add_label(number, "light_on", "claimed", 1.0)
        assert texts(journal) == ["before"]
        small_files(50_000_000)
        journal.flush()
        assert journal.count("utterances") == 4
        assert [label.id for label in journal.labels()] == [number]


def test_a_disk_that_begins_to_refuse_is_told_once(
    tmp_path: Path, small_files: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.journal.writer.FLUSH_AFTER_S", 0.01)
    monkeypatch.setattr("runtime.journal.writer.RETRY_S", 0.01)
    journal = Journal.open(tmp_path)
    session = journal.begin_session()
    journal.flush()
    small_files()
    journal.add_utterance(heard("x" * 1_000_000, session))
    told = 0
    for _ in range(300):
        try:
            journal.add_light_event(switched(True, session))
        except JournalError:
            told += 1
        threading.Event().wait(0.002)
    assert told == 1
    small_files(50_000_000)
    journal.close()
    with Journal.open(tmp_path) as again:
        assert (again.count("utterances"), again.count("light_events")) == (1, 300)


def test_memory_is_bounded_while_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.journal.writer.FLUSH_AFTER_S", 600.0)
    monkeypatch.setattr("runtime.journal.writer.MOST_WAITING", 3)
    with Journal.open(tmp_path) as journal:
        session = journal.begin_session()
        journal.add_light_event(switched(True, session))
        journal.add_light_event(switched(False, session))
        with pytest.raises(JournalError, match="no more is kept in memory"):
            journal.add_light_event(switched(True, session))
        assert journal.count("light_events") == 2


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(JournalError, match=r"the journal .* cannot be used: Is a directory\."):
        Journal.open(tmp_path)


def fill(folder: Path) -> None:
    with Journal.open(folder) as journal:
        session = journal.begin_session()
        for number in range(200):
            journal.add_utterance(heard(f"word{number} " * 20, session))


@pytest.mark.parametrize("where", ["beginning", "middle"])
def test_a_damaged_journal_is_set_aside_and_a_new_one_begun(tmp_path: Path, where: str) -> None:
    fill(tmp_path)
    file = tmp_path / FILE_NAME
    content = bytearray(file.read_bytes())
    begin = 0 if where == "beginning" else 3 * 4096
    content[begin : begin + 20_000] = os.urandom(20_000)
    file.write_bytes(content)
    moment = datetime(2026, 3, 1, 18, 30, tzinfo=UTC).timestamp()
    with Journal.open(tmp_path, now=lambda: moment) as journal:
        assert journal.set_aside == tmp_path / "journal.db.corrupt-2026-03-01T183000Z"
        assert journal.set_aside.read_bytes() == content
        journal.add_utterance(heard("lumos", journal.begin_session()))
        assert texts(journal) == ["lumos"]
    with Journal.open(tmp_path) as journal:
        assert journal.set_aside is None
        assert texts(journal) == ["lumos"]


def test_two_damaged_in_one_second_are_both_kept(tmp_path: Path) -> None:
    for content in (b"x" * 5000, b"y" * 5000):
        (tmp_path / FILE_NAME).write_bytes(content)
        Journal.open(tmp_path, now=lambda: 0.0).close()
    names = sorted(path.name for path in tmp_path.glob("*.corrupt-*"))
    assert names == ["journal.db.corrupt-1970-01-01T000000Z", "journal.db.corrupt-1970-01-01T000000Z-2"]


def test_a_flipped_bit_in_a_word_does_not_stop_the_reading(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.add_utterance(heard("unmistakable words", journal.begin_session()))
    file = tmp_path / FILE_NAME
    file.write_bytes(file.read_bytes().replace(b"unmistakable", b"unmist\xffkable"))
    with Journal.open(tmp_path) as journal:
        assert texts(journal) == ["unmist\ufffdkable words"]


def test_an_empty_file_is_a_new_journal(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with Journal.open(tmp_path) as journal:
        assert journal.set_aside is None
        assert journal.count("utterances") == 0


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    fill(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as file:
        file.execute("PRAGMA user_version = 99")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(
        JournalError, match=r"has version 99, from a newer foreglow, and this one knows \d+; use"
    ):
        Journal.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def tables(file: sqlite3.Connection) -> list[tuple[str, ...]]:
    return file.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


FUTURE = (
    *MIGRATIONS,
    "ALTER TABLE utterances ADD COLUMN room TEXT NOT NULL DEFAULT 'here'",
    "CREATE TABLE rooms (name TEXT); INSERT INTO rooms SELECT DISTINCT room FROM utterances",
)


@pytest.mark.parametrize("earlier", range(len(FUTURE)))
def test_every_earlier_version_becomes_the_present_one_with_its_rows(tmp_path: Path, earlier: int) -> None:
    with closing(sqlite3.connect(tmp_path / "fresh", isolation_level=None)) as fresh:
        migrate(fresh, FUTURE)
        expected = tables(fresh)
    with_room = earlier > len(MIGRATIONS)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as old:
        migrate(old, FUTURE[:earlier])
        if earlier:
            old.execute("INSERT INTO sessions VALUES (1, 5.0)")
            columns = (
                "id, session, began_s, ended_s, wall_time, words, partials, bundle, probabilities, leaning"
            )
            columns += ", retracted"
            values = "1, 1, 0, 1, 5.0, 'lumos', '', 'base', x'', 0, 0"
            room, hall = (", room", ", 'hall'") if with_room else ("", "")
            old.execute(f"INSERT INTO utterances ({columns}{room}) VALUES ({values}{hall})")
        migrate(old, FUTURE)
        assert tables(old) == expected
        assert old.execute("PRAGMA user_version").fetchone() == (len(FUTURE),)
        if earlier:
            room = "hall" if with_room else "here"
            assert old.execute("SELECT words, room FROM utterances").fetchall() == [("lumos", room)]


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_a_journal_of_every_earlier_version_is_opened(tmp_path: Path, version: int) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as old:
        migrate(old, MIGRATIONS[:version])
    with Journal.open(tmp_path) as journal:
        journal.add_utterance(heard("lumos", journal.begin_session()))
        assert texts(journal) == ["lumos"]


def test_a_migration_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as file:
        migrate(file)
        before = tables(file)
        with pytest.raises(sqlite3.OperationalError):
            migrate(file, (*MIGRATIONS, "CREATE TABLE rooms (name TEXT); ALTER TABLE nowhere ADD COLUMN x"))
        assert tables(file) == before
        assert file.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
