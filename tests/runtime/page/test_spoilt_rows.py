"""Model and Charts over rows that another program wrote: shown without them, and no page fails."""

import contextlib
import sqlite3
import time
from datetime import datetime

import pytest

from runtime.journal.days import DayFigures
from runtime.journal.file import FILE_NAME
from tests.runtime.diary import heard

VALUES = [None, b"bytes", 1e300, float("inf"), -1, 2**62, "text", "<script>alert(1)</script>"]
TABLES = {"utterances": "id", "labels": "id", "days": "day"}


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_no_value_in_any_column_brings_a_page_down(browser, journal, state, value):
    now = time.time()
    for number in range(40):
        said = heard("some words", wall_time=now - 7_200 * number, decided="light_on", ended=(0.9, 0.0, 0.1))
        journal.add_label(journal.add_utterance(said), "light_on", "claimed", now)
        journal.add_day(
            DayFigures(datetime.fromtimestamp(now - 86_400 * number).date().isoformat(), 1, 1, 2, 3, 4)
        )
    journal.flush()
    with contextlib.closing(sqlite3.connect(state / FILE_NAME, isolation_level=None)) as database:
        for table, key in TABLES.items():
            columns = database.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall()
            keys = database.execute(f"SELECT {key} FROM {table} ORDER BY {key} DESC").fetchall()
            for (column,), (which,) in zip(columns, keys, strict=False):
                with contextlib.suppress(sqlite3.IntegrityError):
                    database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (value, which))
    for path in ("/model", "/model/look", "/charts", "/charts?days=90"):
        answer = browser.client.get(path)
        assert answer.status_code == 200, answer.text
        assert "<script>a" not in answer.text
        assert "nan" not in answer.text
