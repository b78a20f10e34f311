"""The page as a process of its own beside the listening one.

A web server that fails, is flooded or grows then takes nothing from the lamp, and Python's interpreter lock is not
shared. The child asks over the lamp's socket like `foreglow page`; it ends when the lamp does, however that ends,
because its standard input then ends.
"""

import importlib.util
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from runtime.errors import ConfigError

_log = logging.getLogger(__name__)

PACKAGES: Final = ("jinja2", "segno", "starlette", "uvicorn")
"""Of the extra `page`."""

FIRST_RETRY_S: Final = 1.0
LAST_RETRY_S: Final = 300.0
"""Pauses before a page that ended is served again; twice as long each time, and short again after LAST_RETRY_S of
service."""

LOOK_S: Final = 0.5
"""Seconds between two looks whether it still runs."""

END_S: Final = 5.0
"""For the page to end when it is asked to."""


def check_installed() -> None:
    """Raises ConfigError when a package of the page is missing; imports none of them."""
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise ConfigError(
                f"the web page needs {package}, which is not installed; run `pip install 'foreglow[page]'`."
            )


def page_command(config: Path | None) -> list[str]:
    """What serves the page with a configuration file; None is the one in the current folder, if there is any."""
    return [sys.executable, "-m", "runtime.page", *([] if config is None else [str(config)])]


class PageProcess:
    """Serves the page while the `with` block runs, again whenever it ends."""

    def __init__(self, config: Path | None) -> None:
        """`config`: the file of the configuration."""
        self._command = page_command(config)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="page", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _keep(self) -> None:
        pause_s = FIRST_RETRY_S
        while not self._ending.is_set():
            try:
                served = self._serve_once()
            except Exception:  # noqa: BLE001 - a mistake of ours must not end the lamp
                _log.exception("the page cannot be kept up")
                served = False
            if self._ending.is_set():
                return
            pause_s = FIRST_RETRY_S if served else min(2 * pause_s, LAST_RETRY_S)
            _log.warning("The page ended; it is served again in %.0f s.", pause_s)
            self._ending.wait(pause_s)

    def _serve_once(self) -> bool:
        """Until it ends, or shall; whether it lasted."""
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        except OSError as error:
            _log.warning("The page cannot be started: %s.", error.strerror)
            return False
        began = time.monotonic()
        while process.poll() is None and not self._ending.wait(LOOK_S):
            pass
        assert process.stdin is not None
        process.stdin.close()  # it is asked to end
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            _log.warning("The page did not end when it was asked to, and was killed.")
            process.kill()
            process.wait()
        return time.monotonic() - began >= LAST_RETRY_S
