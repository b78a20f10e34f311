"""Asking the lamp on behalf of the page. Every label, switch and removal is the lamp's own doing."""

import threading
from typing import Any, Final

from runtime.config import Config
from runtime.control import ask
from runtime.errors import ControlError, NotRunningError
from runtime.status import read_status

SOON_S: Final = 20.0
"""A person waits for these answers."""


class Lamp:
    """The lamp of one state folder, running or not. Calls wait for the answer; usable from several threads."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.state_folder = config.state_folder
        self._alone = threading.Lock()

    def status(self) -> dict[str, Any] | None:
        """How the running lamp is; None when none runs. Raises ControlError if it does not answer."""
        try:
            return read_status(self.state_folder)
        except NotRunningError:
            return None

    def ask(self, **request: Any) -> dict[str, Any]:
        """What only a running lamp can do. Raises NotRunningError, ControlError."""
        return ask(self.state_folder, request, SOON_S)

    def ask_or_do(self, **request: Any) -> dict[str, Any]:
        """What can be done to the journal also while no lamp runs, as the commands do it. Raises ForeglowError."""
        try:
            # No hurry here: forgetting rewrites the journal.
            return ask(self.state_folder, request)
        except NotRunningError:
            pass
        from runtime.commands.journal import answer_or_do  # loads what learns

        if not self._alone.acquire(timeout=SOON_S):
            raise ControlError("something else is being done to the journal; try again.")
        try:
            return answer_or_do(self.config, request)
        finally:
            self._alone.release()
