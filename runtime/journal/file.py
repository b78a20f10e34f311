"""Opening the journal's file: private, checked, of this version; a damaged one is set aside, not lost."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from runtime.errors import JournalError
from runtime.journal.schema import check_version, is_present, migrate
from runtime.private import FILE_MODE, private_folder

FILE_NAME = "journal.db"
"""In the state folder; SQLite keeps two more beside it while it is open, with -wal and -shm appended."""

SET_ASIDE = f"{FILE_NAME}.corrupt-"
"""What the name of a damaged journal that was set aside begins with."""

MOST_BYTES_A_VALUE = 10_000_000
"""Of one text or blob; what is longer no utterance has, and SQLite refuses to read it."""

_COMPANIONS = ("", "-wal", "-shm")
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full; make room",
    sqlite3.SQLITE_READONLY: "the file may not be written; make it and its folder writable",
    sqlite3.SQLITE_PERM: "the file may not be used; make it and its folder readable and writable",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; make it and its folder readable and writable",
    sqlite3.SQLITE_BUSY: "another program is using it; try again when that has ended",
    sqlite3.SQLITE_IOERR: "the system reports an input or output error; look at the disk and the space on it",
    sqlite3.SQLITE_CORRUPT: "it is damaged; start foreglow again, which sets it aside",
    sqlite3.SQLITE_NOTADB: "it is damaged; start foreglow again, which sets it aside",
    sqlite3.SQLITE_TOOBIG: "a text in it is longer than any of ours; move the file away to begin another journal",
}


def journal_error(path: Path, error: sqlite3.Error) -> JournalError:
    """What went wrong with the journal, as a sentence."""
    reason = _REASONS.get(_primary_code(error), str(error))
    return JournalError(f"the journal {path} cannot be used: {reason}.")


def open_database(state_folder: Path, now: float) -> tuple[sqlite3.Connection, Path | None]:
    """The database, ready for use by several threads in turn; and where a damaged one went, if it was one.

    Raises JournalError. The caller holds the state folder: nobody else may write, or set aside, meanwhile.
    """
    path = state_folder / FILE_NAME
    try:
        return _open(path), None
    except sqlite3.Error as error:
        if _primary_code(error) not in _DAMAGED:
            raise journal_error(path, error) from None
    aside = _set_aside(path, now)
    try:
        return _open(path), aside
    except sqlite3.Error as error:
        raise journal_error(path, error) from None


@contextmanager
def read_database(state_folder: Path) -> Iterator[sqlite3.Connection | None]:
    """The database for reading beside the process that writes; None if there is none yet.

    Raises JournalError. Read whole answers only: a statement left open would keep a removal from being complete.
    """
    path = state_folder / FILE_NAME
    if not path.exists():
        yield None
        return
    try:
        # check_same_thread: who serves a page reads in one thread and closes in another.
        address = f"{path.absolute().as_uri()}?mode=ro"
        database = sqlite3.connect(
            address, uri=True, timeout=5.0, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise journal_error(path, error) from None
    with closing(database):
        try:
            begun = is_present(database, path)
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            database.execute("PRAGMA temp_store = MEMORY")
        except sqlite3.Error as error:
            raise journal_error(path, error) from None
        yield database if begun else None


def _open(path: Path) -> sqlite3.Connection:
    try:
        private_folder(path.parent)
        # Before SQLite does it: its two other files take over this mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
        path.chmod(FILE_MODE)
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be used: {error.strerror}.") from None
    database = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES_A_VALUE)
        database.execute("PRAGMA trusted_schema = OFF")  # another program's tables run no code of ours
        database.execute("PRAGMA cell_size_check = ON")
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")  # a flipped bit must not stop us
        check_version(database, path)
        if (found := database.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise damage(found)
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # heeded only while there is no table
        database.execute("PRAGMA journal_mode = WAL").fetchone()
        # NORMAL would leave commits to the system, which may keep them in memory for half a minute.
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA secure_delete = ON").fetchone()
        database.execute("PRAGMA temp_store = MEMORY")  # no words in a temporary file elsewhere
        database.execute("PRAGMA journal_size_limit = 4000000").fetchone()
        migrate(database)
        database.execute("PRAGMA foreign_keys = ON")
    except (
        UnicodeDecodeError
    ) as error:  # sqlite3 cannot read SQLite's own complaint of a name that is no text any more
        database.close()
        raise damage(error) from None
    except BaseException:
        database.close()
        raise
    return database


def damage(why: object) -> sqlite3.Error:
    """What SQLite raises for a damaged file."""
    found = sqlite3.DatabaseError(str(why))
    found.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return found


def _set_aside(path: Path, now: float) -> Path:
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H%M%SZ")
    aside = path.with_name(f"{SET_ASIDE}{stamp}")
    again = 1
    while aside.exists():
        again += 1
        aside = path.with_name(f"{SET_ASIDE}{stamp}-{again}")
    try:
        for companion in _COMPANIONS:
            if (part := path.with_name(path.name + companion)).exists():
                part.rename(aside.with_name(aside.name + companion))
    except OSError as error:
        raise JournalError(
            f"the journal {path} is damaged and cannot be set aside: {error.strerror}."
        ) from None
    return aside


def _primary_code(error: sqlite3.Error) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else int(code) & 0xFF
