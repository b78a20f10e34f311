"""Removing rows from the journal so that they are really gone.

`secure_delete` overwrites a removed row with zeros. That is not enough: when SQLite moves rows between
pages, a copy may stay behind in the unused part of a page, and the write-ahead log has every page as it once
was. So removing for good also rewrites the file and empties the log; a row in `unfinished` makes the next
start do it if this one is killed before.
"""

import contextlib
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows went."""

    utterances: int
    """Utterances."""

    labels: int
    """Labels of theirs, superseded ones included."""

    light_events: int
    """Light events: those of the utterances, and those of the time."""


_COUNTED = ("utterances", "labels", "light_events")
_EVERYTHING = ("labels", "light_events", "utterances", "retrainings", "promotions", "days")


def remove(
    database: sqlite3.Connection,
    utterances: Collection[int],
    light_before: float | None,
    keep_sessions: Collection[int],
    everything: bool,
    for_good: bool,
    dry_run: bool,
) -> Removed:
    """See Journal.remove. One transaction; with `for_good` it leaves the rewriting noted as unfinished."""
    before = _counts(database)
    database.execute("BEGIN IMMEDIATE")
    try:
        if everything:
            for table in _EVERYTHING:
                database.execute(f"DELETE FROM {table}")
        database.executemany("DELETE FROM utterances WHERE id = ?", ((number,) for number in utterances))
        if light_before is not None:
            database.execute("DELETE FROM light_events WHERE wall_time < ?", (light_before,))
            database.execute(
                "DELETE FROM days WHERE day < date(?, 'unixepoch', 'localtime')", (light_before,)
            )
        database.execute(
            "DELETE FROM sessions WHERE id NOT IN (SELECT session FROM utterances)"
            " AND id NOT IN (SELECT session FROM light_events)"
            f" AND id NOT IN ({', '.join(str(int(number)) for number in keep_sessions)})"
        )
        if for_good:
            database.execute("INSERT OR IGNORE INTO unfinished VALUES ('scrub')")
        after = _counts(database)
        database.execute("ROLLBACK" if dry_run else "COMMIT")
    except BaseException:
        if database.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                database.execute("ROLLBACK")
        raise
    if not for_good and not dry_run:
        # The file shrinks, cheaply. Not execute(), which would give back one page only.
        database.executescript("PRAGMA incremental_vacuum")
    return Removed(*(there - left for there, left in zip(before, after, strict=True)))


def scrub(database: sqlite3.Connection, *, only_if_unfinished: bool = False) -> bool:
    """Rewrite the file without what was removed and empty the log; False if another program reads it."""
    if only_if_unfinished and not database.execute("SELECT 1 FROM unfinished").fetchone():
        return True
    database.execute("VACUUM")
    busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        return False
    database.execute("DELETE FROM unfinished")
    return True


def oldest(
    database: sqlite3.Connection, number: int, of_persons: bool, before: float | None = None
) -> list[int]:
    """See Journal.oldest."""
    labelled = "id IN (SELECT utterance FROM labels_in_force WHERE source <> 'unobjected')"
    rows = database.execute(
        f"SELECT id FROM utterances WHERE {'' if of_persons else 'NOT '}{labelled}"
        " AND wall_time < coalesce(?, 9e999) ORDER BY wall_time, id LIMIT ?",
        (before, number),
    )
    return [row[0] for row in rows]


def _counts(database: sqlite3.Connection) -> list[int]:
    return [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _COUNTED]
