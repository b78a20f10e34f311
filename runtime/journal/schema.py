"""The tables of the journal, and how an earlier version of them becomes the present one.

`PRAGMA user_version` counts the migrations that a file has been through. To change the tables, append a
migration; one that has been released is never edited.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from runtime.errors import JournalError

_V1 = """
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    wall_time REAL NOT NULL
);
CREATE TABLE utterances (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES sessions (id),
    began_s REAL NOT NULL,
    ended_s REAL NOT NULL,
    wall_time REAL NOT NULL,
    words TEXT NOT NULL,
    partials TEXT NOT NULL,
    bundle TEXT NOT NULL,
    probabilities BLOB NOT NULL,
    leaning REAL NOT NULL,
    decided TEXT CHECK (decided IN ('light_on', 'light_off', 'none')),
    decided_word INTEGER,
    decided_s REAL,
    retracted INTEGER NOT NULL,
    audio TEXT
);
CREATE INDEX utterances_by_time ON utterances (wall_time);
CREATE INDEX utterances_by_session ON utterances (session);
CREATE TABLE light_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES sessions (id),
    at_s REAL NOT NULL,
    wall_time REAL NOT NULL,
    lit INTEGER NOT NULL,
    who TEXT NOT NULL CHECK (who IN ('lamp', 'switch', 'page', 'command', 'schedule')),
    utterance INTEGER REFERENCES utterances (id) ON DELETE CASCADE
);
CREATE INDEX light_events_by_utterance ON light_events (utterance);
CREATE INDEX light_events_by_session ON light_events (session);
CREATE TABLE labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    utterance INTEGER NOT NULL REFERENCES utterances (id) ON DELETE CASCADE,
    intent TEXT CHECK (intent IN ('light_on', 'light_off', 'none')),
    source TEXT NOT NULL CHECK (source IN ('unobjected', 'objected', 'claimed', 'corrected')),
    at REAL NOT NULL
);
CREATE INDEX labels_by_utterance ON labels (utterance, id);
CREATE TABLE retrainings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    began REAL NOT NULL,
    ended REAL NOT NULL,
    candidate TEXT NOT NULL,
    incumbent TEXT NOT NULL,
    promoted INTEGER NOT NULL,
    reason TEXT NOT NULL,
    bundle TEXT
);
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    bundle TEXT NOT NULL,
    replaced TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE unfinished (
    chore TEXT PRIMARY KEY
);
CREATE VIEW labels_in_force AS
    SELECT * FROM labels AS label
    WHERE intent IS NOT NULL AND id = (SELECT max(id) FROM labels WHERE utterance = label.utterance);
"""

# The page offers for review what the model was least sure of (Reader.doubtful).
_V2 = "CREATE INDEX utterances_by_doubt ON utterances (abs(leaning - 0.5));"

# What the end of an utterance left likely, which finals are judged by: with it the page tells what another budget of
# false activations would have meant. And a row of figures for each day, for its charts.
_V3 = """
ALTER TABLE utterances ADD COLUMN ended_on REAL;
ALTER TABLE utterances ADD COLUMN ended_off REAL;
CREATE TABLE days (
    day TEXT PRIMARY KEY,
    decisions INTEGER NOT NULL,
    p50_s REAL,
    p95_s REAL,
    p99_s REAL,
    memory_mb REAL
) WITHOUT ROWID;
"""

MIGRATIONS: Final[tuple[str, ...]] = (_V1, _V2, _V3)
"""The script that leads from each version to the next; the first makes the tables in an empty file."""


def check_version(database: sqlite3.Connection, path: Path, newest: int = len(MIGRATIONS)) -> None:
    """Raises JournalError if a newer foreglow has written this file; nothing is changed."""
    version = _version(database)
    if version > newest:
        raise JournalError(
            f"the journal {path} has version {version}, from a newer foreglow, and this one knows {newest}; "
            "use the newer one, or move the file away to begin another journal."
        )


def is_present(database: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are there as we know them; False for a file that is only being begun.

    Raises JournalError if they are those of another version.
    """
    check_version(database, path)
    version = _version(database)
    if 0 < version < len(MIGRATIONS):
        raise JournalError(
            f"the journal {path} has version {version}, from an earlier foreglow, and this one reads "
            f"{len(MIGRATIONS)}; start the lamp anew, which brings it up to date."
        )
    return version > 0


def migrate(database: sqlite3.Connection, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring the tables to the present version: each step is done whole or not at all.

    To be called with foreign keys off, so that a migration may write a table anew. Raises sqlite3.Error.
    """
    for version in range(_version(database), len(migrations)):
        script = f"BEGIN IMMEDIATE; {migrations[version]}; PRAGMA user_version = {version + 1}; COMMIT;"
        try:
            database.executescript(script)
        except sqlite3.Error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)
