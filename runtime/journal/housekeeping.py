"""The journal of a running lamp: listening goes on without it, and it is put in order once a day."""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from runtime.config import Config
from runtime.errors import JournalError
from runtime.journal.journal import Journal
from runtime.journal.retention import prune

_log = logging.getLogger(__name__)

_DAY_S = 86_400.0


def open_journal(state_folder: Path, stack: ExitStack) -> Journal | None:
    """The journal, closed with the stack; None, and a sentence in the log, when it cannot be used."""
    try:
        journal = stack.enter_context(Journal.open(state_folder))
    except JournalError as error:
        _log.warning("%s The lamp goes on, but keeps and learns nothing.", error)
        return None
    if journal.set_aside is not None:
        _log.warning("The journal was damaged: it is kept as %s, and a new one is begun.", journal.set_aside)
    return journal


class Housekeeping:
    """Removes what is not to be kept any longer, at the start and once a day."""

    def __init__(
        self, journal: Journal | None, config: Config, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`monotonic`: steady seconds."""
        self._journal = journal
        self._config = config
        self._monotonic = monotonic
        self._next_s = monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time; then not again for a day."""
        if self._journal is None or self._monotonic() < self._next_s:
            return False
        self._next_s = self._monotonic() + _DAY_S
        return True

    def tidy(self) -> None:
        """Do it; what cannot be removed today is tried again tomorrow."""
        assert self._journal is not None
        try:
            prune(self._journal, self._config.keep, self._config.privacy, time.time())
        except JournalError as error:
            _log.warning("%s", error)
