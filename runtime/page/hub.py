"""What is heard, passed on to everybody who looks: one connection to the lamp, however many browsers.

While nobody looks, nothing is asked of the lamp. When it does not run, that is said, and it is looked for again.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from runtime.control import socket_path
from runtime.errors import ControlError, ForeglowError
from runtime.page.asking import Lamp
from runtime.watchers import ALIVE_S

MOST = 100
"""Browsers that may look at once."""

_WAITING: Final = 200
"""Events that may wait for one browser; one that does not keep up begins again."""

RETRY_S = 1.0
"""Seconds after which a lamp that was not there is looked for again."""

_SILENT_S: Final = 3 * ALIVE_S
"""After which a lamp that says nothing hangs."""
_MOST_LINE_BYTES: Final = 4_000_000

Told = dict[str, Any]
"""One event, for JSON."""


class Hub:
    """For use in one event loop."""

    def __init__(self, lamp: Lamp) -> None:
        self._lamp = lamp
        self._lookers: set[asyncio.Queue[Told | None]] = set()
        self._work: asyncio.Task[None] | None = None
        self._newest: Told | None = None
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the page ends, and everybody is to go."""
        return self._closed

    @property
    def full(self) -> bool:
        """Whether nobody else can look."""
        return self._closed or len(self._lookers) >= MOST

    @property
    def status(self) -> dict[str, Any] | None:
        """How the lamp was a moment ago; None when that is not known, as while nobody looks."""
        told = self._newest
        return told["status"] if told is not None and told["event"] == "status" else None

    async def look(self) -> AsyncGenerator[Told, None]:
        """Every event from now on, how the lamp is first; ends when the page does, or who looks is too slow."""
        queue: asyncio.Queue[Told | None] = asyncio.Queue(_WAITING)
        if self._newest is not None:
            queue.put_nowait(self._newest)
        self._lookers.add(queue)
        if self._work is None:
            self._work = asyncio.create_task(self._watch())
        try:
            while (told := await queue.get()) is not None:
                yield told
        finally:
            self._lookers.discard(queue)
            if not self._lookers and self._work is not None:
                self._work.cancel()
                self._work, self._newest = None, None

    def close(self) -> None:
        """Let everybody go."""
        self._closed = True
        for queue in self._lookers:
            _end(queue)

    def _tell(self, told: Told) -> None:
        if told["event"] in ("status", "gone"):
            self._newest = told
        for queue in tuple(self._lookers):
            try:
                queue.put_nowait(told)
            except asyncio.QueueFull:
                self._lookers.discard(queue)
                _end(queue)

    async def _watch(self) -> None:
        while True:
            try:
                await self._follow()
                why = "The lamp has ended."
            except (FileNotFoundError, ConnectionError, NotADirectoryError):
                why = "The lamp is not running."
            except TimeoutError:
                why = "The lamp does not answer."
            except (OSError, ValueError, ForeglowError) as error:
                why = str(error)
            self._tell({"event": "gone", "why": why})
            await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        """Pass on what one connection tells until it ends. Raises OSError, ValueError, ForeglowError."""
        async with _connection(self._lamp.state_folder) as (reader, writer):
            writer.write(b'{"do": "watch"}\n')
            while line := await asyncio.wait_for(reader.readline(), _SILENT_S):
                told = json.loads(line)
                if "error" in told:
                    raise ControlError(str(told["error"]))
                if told["event"] in ("watching", "alive"):
                    await self._tell_status()
                else:
                    self._tell(told)

    async def _tell_status(self) -> None:
        status = await run_in_threadpool(self._lamp.status)
        if status is not None:
            self._tell({"event": "status", "status": status})


def _end(queue: asyncio.Queue[Told | None]) -> None:
    """Have the reader of this queue end at once; what waits in it is lost."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


@contextlib.asynccontextmanager
async def _connection(
    state_folder: Path,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(socket_path(state_folder), limit=_MOST_LINE_BYTES)
    try:
        yield reader, writer
    finally:
        writer.close()
