"""Rows on their way into the journal: collected in memory and written together, at most half a second later.

Whoever adds a row never waits for the disk, and a slow card sees one write for many rows. When the disk
refuses, rows wait in memory until it takes them again.
"""

import contextlib
import sqlite3
import threading
from pathlib import Path
from typing import NamedTuple

from runtime.errors import JournalError
from runtime.journal.file import journal_error

FLUSH_AFTER_S = 0.5
"""How long a row may wait in memory; with the time of writing, a power cut loses less than a second."""

RETRY_S = 5.0
"""How long after a refusal the disk is tried again."""

MOST_WAITING = 20_000
"""Rows kept in memory while the disk refuses: some 10 MB, and days of talk."""

_NEVER_WRITTEN = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError)
"""How SQLite refuses a row for what is in it."""


class Row(NamedTuple):
    """One statement that writes a row."""

    sql: str
    """With a question mark for each value."""

    values: tuple[object, ...]
    """The number of the row first."""


class JournalWriter:
    """Writes rows in the order in which they were put, from a thread of its own or when asked to."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self.lock = threading.RLock()
        """To be held by whoever uses the database; never waited for while `_waiting` is held."""

        self._database = database
        self._path = path
        self._waiting = threading.Condition()  # guards what follows
        self._rows: list[Row] = []
        self._closing = False
        self._failing = False
        self._untold: JournalError | None = None
        self._thread = threading.Thread(target=self._write_in_time, name="journal", daemon=True)
        self._thread.start()

    def put(self, row: Row) -> None:
        """Have a row written soon. Never waits for the disk.

        Raises JournalError once when the disk has begun to refuse (the row waits in memory all the same),
        and whenever memory is full (the row is dropped).
        """
        with self._waiting:
            if self._closing:
                raise JournalError(f"the journal {self._path} is closed.")
            if len(self._rows) >= MOST_WAITING:
                raise JournalError(
                    f"the journal {self._path} cannot be written, and no more is kept in memory; make room."
                )
            self._rows.append(row)
            self._waiting.notify()
            error, self._untold = self._untold, None
        if error is not None:
            raise error

    def waits(self, sql: str, number: int) -> bool:
        """Whether a row of this statement and number is not written yet. The lock must be held."""
        with self._waiting:
            return any(row.sql is sql and row.values[0] == number for row in self._rows)

    def flush(self) -> None:
        """Have everything on the disk now. Raises JournalError; what was not written goes on waiting."""
        with self.lock:
            with self._waiting:
                rows, self._rows = self._rows, []
            if not rows:
                return
            try:
                refused = self._write(rows)
            except sqlite3.Error as error:
                with self._waiting:
                    self._rows[:0] = rows
                    self._failing = True
                raise journal_error(self._path, error) from None
            with self._waiting:
                self._failing = False
            if refused is not None:
                raise JournalError(f"the journal {self._path} refuses a row: {refused}.")

    def close(self) -> None:
        """Write what waits and end the thread. Raises JournalError if not everything could be written."""
        with self._waiting:
            self._closing = True
            self._waiting.notify()
        self._thread.join()
        self.flush()

    def _write(self, rows: list[Row]) -> sqlite3.Error | None:
        """All rows in one transaction; one that breaks a rule of the tables is left out and told."""
        refused: sqlite3.Error | None = None
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for sql, values in rows:
                try:
                    self._database.execute(sql, values)
                except _NEVER_WRITTEN as error:
                    refused = error  # and must not keep the others waiting
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
            raise
        return refused

    def _write_in_time(self) -> None:
        while True:
            with self._waiting:
                self._waiting.wait_for(lambda: self._rows or self._closing)
                wait_s = RETRY_S if self._failing else FLUSH_AFTER_S
                if self._waiting.wait_for(lambda: self._closing, wait_s):
                    return
                failed_before = self._failing
            try:
                self.flush()
            except JournalError as error:
                with self._waiting:
                    if not failed_before:
                        self._untold = error
