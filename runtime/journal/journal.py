"""The journal: what was heard, what was done about it, and what it turned out to have meant.

One SQLite file in the state folder with one writer, the process that holds the folder. docs/journal.md
describes the tables, what a power cut can take, and what `foreglow forget` leaves.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from model.intent import Intent
from runtime.errors import JournalError, UnknownUtteranceError
from runtime.journal.days import DayFigures, day_row
from runtime.journal.file import FILE_NAME, journal_error, open_database
from runtime.journal.query import Reader
from runtime.journal.records import (
    LightEvent,
    Promotion,
    Retraining,
    UtteranceRecord,
    light_row,
    retraining_row,
    utterance_row,
)
from runtime.journal.removal import Removed, oldest, remove, scrub
from runtime.journal.writer import JournalWriter, Row
from runtime.lesson import Source

_Table = Literal["sessions", "utterances", "light_events", "labels", "retrainings", "promotions"]

_SESSION: Final = "INSERT INTO sessions VALUES (?, ?)"
_UTTERANCE: Final = f"INSERT INTO utterances VALUES ({', '.join('?' * 17)})"
# An utterance that was forgotten meanwhile is not referred to.
_LIGHT: Final = "INSERT INTO light_events VALUES (?, ?, ?, ?, ?, ?, (SELECT id FROM utterances WHERE id = ?))"
# What a person said in words is not superseded by what we infer from the switch.
_LABEL: Final = """
    INSERT INTO labels SELECT ?1, ?2, ?3, ?4, ?5
    WHERE EXISTS (SELECT 1 FROM utterances WHERE id = ?2) AND (?4 = 'corrected' OR NOT EXISTS
        (SELECT 1 FROM labels_in_force WHERE utterance = ?2 AND source = 'corrected'))
"""
_KNOWN: Final = "SELECT 1 FROM utterances WHERE id = ?"
_RETRAINING: Final = f"INSERT INTO retrainings VALUES ({', '.join('?' * 8)})"
_DAY: Final = "INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?, ?, ?)"
_PROMOTION: Final = "INSERT INTO promotions VALUES (?, ?, ?, ?, ?)"


class Journal(Reader):
    """The journal, open for writing; usable from several threads. Close it, or use it in a `with` block."""

    @classmethod
    def open(cls, state_folder: Path, *, now: Callable[[], float] = time.time) -> Self:
        """Open the journal of a state folder that this process holds, or begin one.

        A damaged one is set aside, and `set_aside` says where. Raises JournalError if the file cannot be
        used or comes from a newer foreglow.
        """
        database, aside = open_database(state_folder, now())
        try:
            return cls(database, state_folder, aside, now)
        except sqlite3.Error as error:
            database.close()
            raise journal_error(state_folder / FILE_NAME, error) from None

    def __init__(
        self, database: sqlite3.Connection, state_folder: Path, aside: Path | None, now: Callable[[], float]
    ) -> None:
        """Use `open`. Raises sqlite3.Error."""
        self.state_folder: Final = state_folder
        """Where the journal is kept."""
        self.set_aside: Final = aside
        """Where the former journal was put because it was damaged; None when it was sound."""
        with suppress(sqlite3.Error):  # a full disk, say; the next start tries again
            scrub(database, only_if_unfinished=True)
        self._now = now
        self._numbers = threading.Lock()
        self._last = dict(database.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        self._sessions: set[int] = set()
        self._writer = JournalWriter(database, state_folder / FILE_NAME)
        super().__init__(database, state_folder / FILE_NAME, self._writer)

    def begin_session(self) -> int:
        """A new run of the program, or of a simulation, with an audio clock of its own: its number."""
        number = self._number("sessions")
        self._sessions.add(number)
        self._writer.put(Row(_SESSION, (number, self._now())))
        return number

    def add_utterance(self, utterance: UtteranceRecord) -> int:
        """Keep an utterance; its `id` is not looked at. Returns its number, without waiting for the disk.

        Raises JournalError if the disk refuses, see JournalWriter.put.
        """
        number = self._number("utterances")
        self._writer.put(Row(_UTTERANCE, utterance_row(utterance, number)))
        return number

    def add_light_event(self, event: LightEvent) -> int:
        """Keep that the light was switched; as `add_utterance`."""
        number = self._number("light_events")
        self._writer.put(Row(_LIGHT, light_row(event, number)))
        return number

    def add_label(self, utterance: int, intent: Intent, source: Source, at: float) -> int:
        """Keep what an utterance meant, which supersedes what was thought before; returns the label's number.

        A person's label (any source but `unobjected`) is on the disk when this returns. A label that was
        `corrected` is superseded by another correction only; a weaker one then is not kept.

        Raises:
            UnknownUtteranceError: there is no such utterance.
            JournalError: the disk refuses; the label is tried again for as long as this journal is open.
        """
        return self._label(utterance, intent, source, at)

    def remove_label(self, utterance: int) -> int:
        """Take the label of an utterance away, whatever it is; as `add_label` with `corrected`."""
        return self._label(utterance, None, "corrected", self._now())

    def add_retraining(self, retraining: Retraining) -> int:
        """Keep how a retraining went; as `add_utterance`."""
        number = self._number("retrainings")
        self._writer.put(Row(_RETRAINING, retraining_row(retraining, number)))
        return number

    def add_day(self, figures: DayFigures) -> None:
        """Keep the figures of a day, in place of those it had; as `add_utterance`."""
        self._writer.put(Row(_DAY, day_row(figures)))

    def add_promotion(self, promotion: Promotion) -> int:
        """Keep that another bundle went into service; it is on the disk when this returns."""
        number = self._number("promotions")
        values = (number, promotion.at, promotion.bundle, promotion.replaced, promotion.reason)
        self._writer.put(Row(_PROMOTION, values))
        self._writer.flush()
        return number

    def remove(
        self,
        utterances: Collection[int] = (),
        *,
        light_before: float | None = None,
        everything: bool = False,
        for_good: bool = False,
        dry_run: bool = False,
    ) -> Removed:
        """Remove utterances with their labels and light events, in one transaction. Raises JournalError.

        Args:
            utterances: their numbers.
            light_before: light events older than this (seconds since 1970) go as well, and figures of days before it.
            everything: all rows of all tables go, but for the sessions of this process.
            for_good: rewrite the file, so that no byte of what was removed is left in it.
            dry_run: only say what would be removed.
        """
        with self._database_in_use() as database:
            self._writer.flush()
            keep = self._sessions
            removed = remove(database, utterances, light_before, keep, everything, for_good, dry_run)
            if for_good and not dry_run and not scrub(database):
                raise JournalError(
                    f"the rows are removed from {self.state_folder / FILE_NAME}, but another program is reading "
                    "it, so traces are left in its files until foreglow starts again."
                )
            return removed

    def oldest(self, number: int, *, of_persons: bool, before: float | None = None) -> list[int]:
        """The oldest utterances, at most so many, that have a person's label or that have none.

        Args:
            before: only those heard before this, in seconds since 1970.
        """
        with self._database_in_use() as database:
            return oldest(database, number, of_persons, before)

    def flush(self) -> None:
        """Have everything on the disk now. Raises JournalError."""
        self._writer.flush()

    def close(self) -> None:
        """Write what waits and close the file. Raises JournalError if not everything could be written."""
        try:
            self._writer.close()
        finally:
            with self._writer.lock:
                self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _number(self, table: _Table) -> int:
        """Given once only, even when the row is then lost: somebody may have noted the number."""
        with self._numbers:
            self._last[table] = self._last.get(table, 0) + 1
            return int(self._last[table])

    def _label(self, utterance: int, intent: Intent | None, source: Source, at: float) -> int:
        if source == "unobjected":
            number = self._number("labels")
            self._writer.put(Row(_LABEL, (number, utterance, intent, source, at)))
            return number
        with self._database_in_use() as database:
            known = self._writer.waits(_UTTERANCE, utterance)
            if not known and not database.execute(_KNOWN, (utterance,)).fetchone():
                raise UnknownUtteranceError(
                    f"there is no utterance {utterance}; `foreglow history` lists them."
                )
            number = self._number("labels")
            self._writer.put(Row(_LABEL, (number, utterance, intent, source, at)))
            self._writer.flush()
        return number
