"""Retraining because somebody pressed a button: `foreglow retrain` in a process of its own, one at a time."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from runtime.errors import RetrainError
from runtime.learning.child import Child, beyond_bounds, retrain_command
from runtime.learning.nightly import LOOK_S

_log = logging.getLogger(__name__)

MOST_LINE: Final = 100_000
"""Bytes of a line that is read; ours have a few hundred."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a retraining is."""

    running: bool = False
    """Whether it goes on."""

    dry_run: bool = False
    """Whether nothing will be promoted."""

    began: float = 0.0
    """When it began, in seconds since 1970; 0 before the first."""

    done: int = 0
    """Steps done."""

    total: int = 0
    """Steps in all; 0 while that is not known."""

    result: Mapping[str, Any] | None = None
    """The result line of `foreglow retrain --json`, once there is one."""

    trouble: str = ""
    """Why there is none, when it failed."""

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


class OnDemand:
    """Begins a retraining and follows it. Usable from several threads; closed with its `with` block or `close`."""

    def __init__(self, config: Path | None, start: Callable[..., Child] = Child) -> None:
        """Nothing happens yet.

        Args:
            config: the file of the configuration, which the retraining reads again; None is the one in the current
                folder, if there is any.
            start: begins a process, as Child does.
        """
        self._config = config
        self._start = start
        self._lock = threading.Lock()
        self._now = Progress()
        self._child: Child | None = None
        self._thread: threading.Thread | None = None

    @property
    def progress(self) -> Progress:
        """How far the last one is."""
        return self._now

    def begin(self, *, dry_run: bool) -> None:
        """Start one. Raises RetrainError while one goes on, or if it cannot be started."""
        with self._lock:
            if self._now.running:
                raise RetrainError("a retraining is going on already; wait until it is over.")
            command = retrain_command(self._config) + (["--dry-run"] if dry_run else [])
            try:
                self._child = self._start(command, told=True)
            except OSError as error:
                raise RetrainError(f"the retraining cannot be started: {error.strerror}.") from None
            self._now = Progress(running=True, dry_run=dry_run, began=time.time())
            self._thread = threading.Thread(target=self._follow, args=(self._child,), daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the one that goes on: everything is then as it was before it."""
        with self._lock:
            child, thread = self._child, self._thread
        if child is not None and thread is not None:
            child.kill()
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _follow(self, child: Child) -> None:
        over = threading.Event()
        threading.Thread(target=self._mind, args=(child, over), daemon=True).start()
        while line := child.line(MOST_LINE):
            try:
                self._take(line)
            except (ValueError, KeyError, TypeError):
                _log.warning(
                    "A line of the retraining cannot be read."
                )  # not which: it may hold what was said
        status = child.wait()
        over.set()
        told = child.end().removeprefix("foreglow: ")
        now = self._now
        trouble = now.trouble
        if not trouble and (status != 0 or now.result is None):
            trouble = told or "it was ended from outside."
        self._now = replace(now, running=False, trouble=trouble)

    def _take(self, line: str) -> None:
        told = json.loads(line)
        kind = told.get("event") if isinstance(told, dict) else None
        if kind == "progress":
            self._now = replace(self._now, done=int(told["done"]), total=int(told["total"]))
        elif kind == "result":
            self._now = replace(self._now, result=told)

    def _mind(self, child: Child, over: threading.Event) -> None:
        """End it when it grows too large or takes too long, as by night."""
        began_s = time.monotonic()
        while not over.wait(LOOK_S):
            why = beyond_bounds(child.memory_mb(), time.monotonic() - began_s)
            if why is not None:
                self._now = replace(self._now, trouble=f"{why}.")
                child.kill()
                return
