"""Every parser at a border is given rubbish, and what it should read with bytes changed: a sentence, or an answer."""

import contextlib
import io
import json
import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from capture.errors import CaptureError
from capture.recording import read_recording
from runtime.anticipate import EncodingError, TextError, read_lines
from runtime.config import Config, load_config
from runtime.control_server import _understood
from runtime.errors import ConfigError, ControlError, JournalError
from runtime.journal.file import FILE_NAME
from runtime.journal.journal import Journal
from runtime.journal.lines import history_lines
from runtime.journal.requests import journal_handlers, plain_correct, utterance_json
from runtime.learning.budget import FILE as BUDGET_FILE
from runtime.learning.budget import allowed_a_day
from runtime.learning.learner import WAITING_FILE, _read_numbers
from runtime.releases.listing import FIGURES_FILE, FOLDER, PROMOTIONS_FILE, releases
from runtime.simulate.script import ScriptError, read_script
from tests.rubbish import (
    JSON,
    QUICK,
    mutated,
    one_sentence,
    refused,
    rubbish,
)
from tests.runtime.lessons_said import household, write_down


@QUICK
@given(data=rubbish((Path(__file__).parent.parent / "device.yaml").read_bytes()))
@example(data=b"decide: {margin: 0x" + b"f" * 50_000 + b"}")
@example(data=b"decide: {margin: " + b"9:" * 20_000 + b"9}")
@example(data=b"&a [*a, *a]")
@example(data=b"[" * 50_000)
@example(data=b"? " * 50_000)
@example(data=b"- " * 50_000)
@example(data=b"{a: " * 20_000)
@example(data=b"a" * 99_000)
@example(data=b"!!python/object/apply:os.system ['echo']")
@example(data=b"x: !!timestamp 99999-99-99")
@example(data=b"x: !!bool perhaps")
@example(data=b"x: !!int ''")
@example(data=b"x: !!float a\ny: !!int b\nz: !!binary \xff")
def test_configurations(data, tmp_path):
    (tmp_path / "device.yaml").write_bytes(data)
    try:
        load_config(tmp_path / "device.yaml")
    except ConfigError as error:
        for line in str(error).splitlines():
            assert len(line) < 2_000


SCRIPT = (
    b'{"at": 1, "heard": "bring me light"}\n{"at": 2, "switch": "light_on"}\n{"at": 3, "retrain": true}\n'
)


@QUICK
@given(data=rubbish(SCRIPT))
@example(data=b'{"at": ' + b"9" * 5_000 + b', "retrain": true}')
@example(data=b'{"at": 1e999, "retrain": true}')
def test_scripts(data, tmp_path):
    (tmp_path / "script.jsonl").write_bytes(data)
    with refused(ScriptError):
        read_script(tmp_path / "script.jsonl")


@QUICK
@given(rubbish(b"turn on the light\n"))
def test_lines_of_text(data):
    with refused(EncodingError):
        for line in read_lines(io.BytesIO(data)):
            if isinstance(line, TextError):
                one_sentence(line)


@QUICK
@given(data=rubbish(b'{"do": "history", "limit": 5}'))
@example(data=b"[" * 65_000)
def test_requests_over_the_socket(data):
    with refused(ControlError):
        _understood(data)


@QUICK
@given(
    request=JSON, do=st.sampled_from(["history", "correct", "uncorrect", "forget"]), key=st.text(max_size=6)
)
def test_requests_to_the_journal(diary, request, do, key):
    with Journal.open(diary) as journal:
        handlers = journal_handlers(journal, plain_correct(journal, lambda: 0.0))
        for content in (
            {"id": request},
            {"before": request, "limit": request, "only": request},
            {key: request},
        ):
            with refused(JournalError):
                json.dumps(handlers[do]({"do": do, "dry_run": True, **content}))


@QUICK
@given(data=rubbish(b'{"allowed": 3, "configured": 0.5}', b"[1, 2, 3]"))
@example(data=b'{"allowed": 1e999, "configured": 0.5}')
@example(data=b'{"allowed": ' + b"9" * 400 + b', "configured": 0.5}')
def test_small_files_of_the_state_folder(data, tmp_path):
    release = tmp_path / FOLDER / "0123456789ab"
    release.mkdir(parents=True, exist_ok=True)
    for path in (
        tmp_path / BUDGET_FILE,
        tmp_path / WAITING_FILE,
        release / FIGURES_FILE,
        release.parent / PROMOTIONS_FILE,
    ):
        path.write_bytes(data)
    assert 0.01 <= allowed_a_day(Config().model_copy(update={"state_dir": tmp_path})) <= 100
    assert all(type(number) is int for number in _read_numbers(tmp_path / WAITING_FILE))
    json.dumps([release.figures for release in releases(tmp_path)])


@pytest.fixture(scope="module")
def diary(tmp_path_factory):
    """A state folder with a journal of forty utterances."""
    state = tmp_path_factory.mktemp("diary")
    with Journal.open(state) as journal:
        write_down(journal, household())
    return state


def read_all(state: Path) -> None:
    """Everything that is ever asked of a journal."""
    with Journal.open(state) as journal:
        heard = journal.utterances(limit=1_000)
        history_lines([utterance_json(journal, each) for each in heard])
        list(journal.labels()), journal.light_events(), journal.retrainings(), journal.promotions()
        journal.label_history(1), journal.numbers_and_clips(None), journal.clips(), journal.count("labels")


@pytest.mark.parametrize("seed", range(30))
def test_journals_with_bytes_changed(diary, tmp_path, seed):
    chance = random.Random(seed)
    content = bytearray((diary / FILE_NAME).read_bytes())
    for _ in range(chance.choice([1, 3, 30])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    (tmp_path / FILE_NAME).write_bytes(content)
    with refused(JournalError):
        read_all(tmp_path)


def test_a_journal_whose_tables_have_lost_their_names_is_set_aside(diary, tmp_path):
    content = (diary / FILE_NAME).read_bytes()
    (tmp_path / FILE_NAME).write_bytes(content.replace(b"CREATE TABLE sessions", b"CREATE TABLE \xe8essions"))
    with Journal.open(tmp_path) as journal:
        assert journal.set_aside is not None
        assert journal.utterances() == []


VALUES = [
    None,
    b"bytes",
    7,
    1e300,
    float("inf"),
    -1,
    2**62,
    "text",
    "../../../etc/passwd",
    "x" * 10_000,
    "\udcff"[:0],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_rows_that_another_program_wrote(diary, tmp_path, value):
    (tmp_path / FILE_NAME).write_bytes((diary / FILE_NAME).read_bytes())
    database = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    database.execute("INSERT INTO retrainings VALUES (1, 1, 1, '{', '[[', 1, 'r', 'b')")
    database.execute("INSERT INTO promotions VALUES (1, 1, 'b', 'r', 'r')")
    for table in ("utterances", "light_events", "labels", "retrainings", "promotions"):
        for number, (column,) in enumerate(
            database.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall()
        ):
            if column != "id":
                with contextlib.suppress(sqlite3.IntegrityError):
                    database.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (value, number + 1))
    database.close()
    with refused(JournalError):
        read_all(tmp_path)
    with Journal.open(tmp_path) as journal:
        assert len(journal.utterances(limit=1_000)) >= 40 - 15


def test_a_text_in_the_journal_that_is_longer_than_any_of_ours_is_not_read(diary, tmp_path):
    (tmp_path / FILE_NAME).write_bytes((diary / FILE_NAME).read_bytes())
    with contextlib.closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as database:
        database.execute("UPDATE utterances SET words = printf('%.*c', 11000000, 'x') WHERE id = 3")
    with pytest.raises(JournalError, match="a text in it is longer than any of ours; move the file away"):
        read_all(tmp_path)


SOUND = (Path(__file__).parent.parent / "recordings" / "turn_on_the_light_please.wav").read_bytes()[:20_000]


@settings(QUICK, max_examples=60)
@given(data=st.one_of(rubbish(SOUND), mutated(SOUND[:100]).map(lambda head: head + SOUND[100:])))
def test_recordings(data, tmp_path):
    (tmp_path / "sound.wav").write_bytes(data)
    with refused(CaptureError):
        for number, _ in enumerate(read_recording(tmp_path / "sound.wav")):
            assert number < 100_000
