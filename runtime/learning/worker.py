"""The one thread for what listening must not wait for, with a bounded queue before it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from runtime.errors import BusyError

MOST_WAITING: Final = 100
"""Pieces of work; a lesson takes milliseconds, so more mean that the thread hangs, on a disk for example."""


class Worker(ThreadPoolExecutor):
    """Does one piece of work after another; what finds too many before it is refused."""

    def __init__(self) -> None:
        super().__init__(1, "learning")
        self._counting = threading.Lock()
        self._waiting = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """As any executor does; the future of what is refused has a BusyError."""
        with self._counting:
            full = self._waiting >= MOST_WAITING
            self._waiting += not full
        if full:
            refused: Future[Any] = Future()
            refused.set_exception(
                BusyError(f"{MOST_WAITING} lessons wait to be learned already; try again later.")
            )
            return refused
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._done)
        return future

    def _done(self, _future: "Future[Any]") -> None:
        with self._counting:
            self._waiting -= 1
