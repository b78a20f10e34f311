"""Reading the journal from another process than the one that writes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.journal.file import FILE_NAME, read_database
from runtime.journal.query import Reader


@contextmanager
def read_journal(state_folder: Path) -> Iterator[Reader | None]:
    """What can be asked of the journal of a state folder, as far as it is on the disk; None before there is one.

    Opening takes less than a millisecond, and nothing is kept open between. Raises JournalError.
    """
    with read_database(state_folder) as database:
        yield None if database is None else Reader(database, state_folder / FILE_NAME)
