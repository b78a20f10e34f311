"""Reading the journal: utterances, labels, light events, and how many there are."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Literal

from model.intent import Intent
from runtime.errors import JournalError
from runtime.journal.days import DayFigures, day_of
from runtime.journal.file import damage, journal_error
from runtime.journal.judged import Judged, Replay, heard_time_of, judged_of, replay_of
from runtime.journal.records import (
    Label,
    LabelledUtterance,
    LightEvent,
    Promotion,
    Retraining,
    UtteranceRecord,
    label_of,
    labelled_of,
    light_of,
    promotion_of,
    retraining_of,
    utterance_of,
)
from runtime.journal.sound_row import sound
from runtime.journal.writer import JournalWriter

Only = Literal["all", "labelled", "decided", "unsure", "false_activations", "misses"]
"""Which utterances: those with a label in force; those on which the lamp acted; those on which it was unsure,
because it took its act back, or did nothing though an intent had been likelier than UNSURE; those on which it did
what was not asked for; those that asked for what it did not do, or took back."""

Counted = Literal["sessions", "utterances", "light_events", "labels", "retrainings", "promotions"]
"""What can be counted."""

UNSURE: Final = 0.25
"""Probability of an intent from which doing nothing is worth a second look."""

_ONLY: Final[dict[Only, str]] = {
    "all": "1",
    "labelled": "id IN (SELECT utterance FROM labels_in_force)",
    "decided": "decided IN ('light_on', 'light_off')",
    "unsure": f"retracted OR (coalesce(decided, 'none') = 'none' AND leaning >= {UNSURE})",
    "false_activations": "decided IN ('light_on', 'light_off') AND EXISTS"
    " (SELECT 1 FROM labels_in_force WHERE utterance = utterances.id AND intent <> decided)",
    "misses": "id IN (SELECT utterance FROM labels WHERE intent IN ('light_on', 'light_off')) AND EXISTS"
    " (SELECT 1 FROM labels_in_force WHERE utterance = utterances.id AND intent IN ('light_on', 'light_off')"
    " AND (retracted OR coalesce(decided, 'none') <> intent))",
}

_DOUBT: Final = "abs(leaning - 0.5)"
"""As it stands in the index (runtime/journal/schema.py): the smaller, the less sure the model was."""

_NOT_SAID: Final = (
    "NOT EXISTS (SELECT 1 FROM labels_in_force WHERE utterance = utterances.id AND source <> 'unobjected')"
)

_HOLDING: Final = "words LIKE ? ESCAPE '!'"

_MOST: Final = 2**63 - 1
"""No number of an utterance is that high."""

_TIME: Final[dict[Counted, str]] = {
    "sessions": "wall_time",
    "utterances": "wall_time",
    "light_events": "wall_time",
    "labels": "at",
    "retrainings": "ended",
    "promotions": "at",
}


class Reader:
    """What can be asked of an open journal. Everything raises JournalError when the file cannot be read."""

    def __init__(self, database: sqlite3.Connection, path: Path, writer: JournalWriter | None = None) -> None:
        """`writer` is made to write what waits before anything is read; None where another process writes."""
        self._database = database
        self._path = path
        self._before_reading = writer
        self._lock = threading.RLock() if writer is None else writer.lock

    def utterance(self, number: int) -> UtteranceRecord | None:
        """The utterance of this number, if it is there."""
        rows = self._rows("SELECT * FROM utterances WHERE id = ?", (number,))
        return next(sound(utterance_of, rows), None)

    def utterances(
        self, before_id: int | None = None, limit: int = 50, only: Only = "all", holding: str = ""
    ) -> list[UtteranceRecord]:
        """The newest first, at most `limit`; to go on, give the last number as `before_id`.

        Args:
            holding: only those whose text holds this, in upper or lower case.
        """
        query = f"SELECT * FROM utterances WHERE ({_ONLY[only]}) AND id < ? AND {_HOLDING} ORDER BY id DESC LIMIT ?"
        before = _MOST if before_id is None else before_id
        return list(sound(utterance_of, self._rows(query, (before, _pattern(holding), limit))))

    def doubtful(
        self, after_id: int | None = None, limit: int = 50, holding: str = ""
    ) -> list[UtteranceRecord]:
        """Those of which the model was least sure first; what a person has said something about is left out.

        Args:
            after_id: to go on, the last number; from the beginning if that utterance is gone.
            limit: how many at most.
            holding: only those whose text holds this, in upper or lower case.
        """
        last = self._rows(f"SELECT {_DOUBT} FROM utterances WHERE id = ?", (after_id,))
        doubt, number = (last[0][0], after_id) if last else (-1.0, 0)
        query = f"SELECT * FROM utterances WHERE {_NOT_SAID} AND {_HOLDING} AND {_DOUBT} >= ?"
        query += f" AND ({_DOUBT} > ? OR id > ?) ORDER BY {_DOUBT}, id LIMIT ?"
        values = (_pattern(holding), doubt, doubt, number, limit)
        return list(sound(utterance_of, self._rows(query, values)))

    def labels(self) -> Iterator[LabelledUtterance]:
        """Every utterance that has a label in force, in the order of the utterances."""
        rows = self._rows(
            "SELECT utterances.id, words, intent, source, wall_time FROM utterances"
            " JOIN labels_in_force AS label ON label.utterance = utterances.id ORDER BY utterances.id"
        )
        yield from sound(labelled_of, rows)

    def label(self, utterance: int) -> Label | None:
        """The label in force of an utterance, if it has one."""
        rows = self._rows("SELECT * FROM labels_in_force WHERE utterance = ?", (utterance,))
        return next(sound(label_of, rows), None)

    def label_history(self, utterance: int) -> list[Label]:
        """Every label that an utterance was ever given, the oldest first."""
        rows = self._rows("SELECT * FROM labels WHERE utterance = ? ORDER BY id", (utterance,))
        return list(sound(label_of, rows))

    def judged(self, since: float) -> list[Judged]:
        """What was heard since this time (seconds since 1970) and is known to have meant something, oldest first."""
        # CROSS JOIN: by the labels, which are few; SQLite would go through everything that was ever heard.
        rows = self._rows(
            "SELECT wall_time, decided, retracted, intent, source FROM labels_in_force AS label"
            " CROSS JOIN utterances ON utterances.id = label.utterance WHERE wall_time >= ? ORDER BY utterances.id",
            (since,),
        )
        return list(sound(judged_of, rows))

    def replays(self, since: float, least: float, limit: int) -> list[Replay]:
        """What was heard since this time and left an intent at least so likely after some word or at its end.

        The newest first, at most `limit`; those whose end was not kept are left out.
        """
        rows = self._rows(
            "SELECT utterances.*, (SELECT intent FROM labels_in_force WHERE utterance = utterances.id)"
            " FROM utterances WHERE wall_time >= ? AND ended_on IS NOT NULL"
            " AND (leaning >= ? OR max(ended_on, ended_off) >= ?) ORDER BY wall_time DESC LIMIT ?",
            (since, least, least, limit),
        )
        return list(sound(replay_of, rows))

    def heard_times(self, limit: int) -> list[tuple[float, Intent | None]]:
        """When the newest utterances with words were heard (seconds since 1970), and what they meant, newest first."""
        rows = self._rows(
            "SELECT wall_time, (SELECT intent FROM labels_in_force WHERE utterance = utterances.id)"
            " FROM utterances WHERE words <> '' ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return list(sound(heard_time_of, rows))

    def meanings(self, since: float) -> list[tuple[Intent | None, bool, int]]:
        """What was heard since this time, counted by what it meant and by whether its end was kept."""
        return self._rows(
            "SELECT (SELECT intent FROM labels_in_force WHERE utterance = utterances.id) AS meant,"
            " ended_on IS NOT NULL AS kept, count(*) FROM utterances WHERE wall_time >= ? AND words <> ''"
            " GROUP BY meant, kept",
            (since,),
        )

    def days(self, since: str) -> list[DayFigures]:
        """The figures of days from this one (ISO 8601) on, oldest first."""
        rows = self._rows("SELECT * FROM days WHERE day >= ? ORDER BY day", (since,))
        return list(sound(day_of, rows))

    def light_events(self, since: float = float("-inf")) -> list[LightEvent]:
        """Every light event since this time (seconds since 1970), the oldest first."""
        query = "SELECT * FROM light_events WHERE wall_time >= ? ORDER BY id"
        return list(sound(light_of, self._rows(query, (since,))))

    def retrainings(self) -> list[Retraining]:
        """Every retraining, the oldest first."""
        return list(sound(retraining_of, self._rows("SELECT * FROM retrainings ORDER BY id")))

    def promotions(self) -> list[Promotion]:
        """Every promotion, the oldest first."""
        return list(sound(promotion_of, self._rows("SELECT * FROM promotions ORDER BY id")))

    def clips(self) -> set[str]:
        """The names of all clips that utterances refer to."""
        rows = self._rows("SELECT audio FROM utterances WHERE audio IS NOT NULL")
        return {row[0] for row in rows if isinstance(row[0], str)}

    def numbers_and_clips(self, before: float | None) -> tuple[set[int], set[str]]:
        """Numbers of all utterances heard before this time (None: of all), and the names of their clips."""
        query = "SELECT id, audio FROM utterances WHERE wall_time < coalesce(?, 9e999)"
        rows = self._rows(query, (before,))
        return {row[0] for row in rows}, {row[1] for row in rows if row[1] and isinstance(row[1], str)}

    def count(self, what: Counted, since: float = float("-inf")) -> int:
        """How many there are, from this time on (seconds since 1970); superseded labels count too."""
        ((number,),) = self._rows(f"SELECT count(*) FROM {what} WHERE {_TIME[what]} >= ?", (since,))
        return int(number)

    def size_bytes(self) -> int:
        """Size of what is in the file; pages that are free for new rows are left out."""
        query = "SELECT page_size * (page_count - freelist_count) FROM"
        query += " pragma_page_size, pragma_page_count, pragma_freelist_count"
        ((size,),) = self._rows(query)
        return int(size)

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with self._database_in_use() as database:
            if self._before_reading is not None:
                with suppress(JournalError):  # a full disk can still be read; who writes is told
                    self._before_reading.flush()
            return database.execute(query, tuple(values)).fetchall()

    @contextmanager
    def _database_in_use(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._database
            except sqlite3.Error as error:
                raise journal_error(self._path, error) from None
            except UnicodeDecodeError as error:
                raise journal_error(self._path, damage(error)) from None


def _pattern(holding: str) -> str:
    """For LIKE: anything that holds this text."""
    for special in "!%_":
        holding = holding.replace(special, f"!{special}")
    return f"%{holding}%"
