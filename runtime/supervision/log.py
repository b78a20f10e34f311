"""The log of `foreglow run`: one line for each thing that happened, and not the same line over and over.

Read by journald, each line begins with its priority as `<4>` (sd-daemon(3)); elsewhere it is plain text. What was
heard is never logged, at no level.
"""

import contextlib
import faulthandler
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, TextIO

LONGEST: Final = 1_000
"""Characters of a line; what is in the middle of a longer one is left out."""

REPEAT_S: Final = 60.0
"""The same line is written once in so many seconds."""

_QUOTING: Final = (LookupError, ValueError, AssertionError)
"""Unforeseen errors that are apt to quote the value they stumbled over, which may be a word that was heard."""

_MOST_LINES: Final = 200
"""Lines that are remembered to know them again."""

_PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))
"""Level from which a line has that priority of syslog."""


def read_by_journald(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream goes to journald: $JOURNAL_STREAM names the device and inode of its other end."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError, AttributeError):  # closed, or no file
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def prefix(level: int, journald: bool) -> str:
    """How a line of this level begins."""
    if not journald:
        return ""
    return f"<{next(priority for least, priority in _PRIORITIES if level >= least)}>"


def begin_log() -> None:
    """Send the log of this process, its warnings and what nobody caught to standard error, line by line.

    For journald from INFO on, else from WARNING on, as a person at a terminal wants it. An error of ours that ends
    the process is still a whole traceback at a terminal.
    """
    journald = read_by_journald(sys.stderr)
    logging.basicConfig(
        handlers=[LineHandler(sys.stderr, journald)], level=logging.INFO if journald else logging.WARNING
    )
    logging.raiseExceptions = False  # a log that cannot be written is no reason for more of it
    logging.captureWarnings(True)
    if journald:
        faulthandler.enable()  # a crash, or a watchdog that has waited in vain, shows where every thread was
    if not sys.stderr.isatty():
        sys.excepthook = _ended_by
        threading.excepthook = _thread_ended_by


class LineHandler(logging.Handler):
    """Writes each record as one line, and a line that comes again only once in REPEAT_S, with how often it came."""

    def __init__(
        self, stream: TextIO, journald: bool, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        """`monotonic_s`: seconds on a clock that only goes forward."""
        super().__init__()
        self._stream = stream
        self._journald = journald
        self._monotonic_s = monotonic_s
        self._written_s: dict[tuple[int, str], float] = {}
        self._kept_back: dict[tuple[int, str], int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging, under this handler's lock."""
        try:
            now_s = self._monotonic_s()
            line = (record.levelno, one_line(record))
            if now_s - self._written_s.get(line, -float("inf")) < REPEAT_S:
                self._kept_back[line] = self._kept_back.get(line, 0) + 1
                return
            if line in self._kept_back:
                self._kept_back[line] += 1
                self._tell(line)
            else:
                self._written_s.pop(line, None)
                self._write(*line)
            self._written_s[line] = now_s
            self._tell_kept_back(now_s - REPEAT_S)
            if len(self._written_s) > _MOST_LINES:
                self._tell(next(iter(self._written_s)))
        except Exception:  # noqa: BLE001 - whatever is wrong with the log must not reach who logged
            self.handleError(record)

    def close(self) -> None:
        """Tell what was kept back, if anybody still reads."""
        with self.lock or threading.RLock(), contextlib.suppress(OSError, ValueError):
            self._tell_kept_back(float("inf"))
        super().close()

    def _tell_kept_back(self, until_s: float) -> None:
        # They are in order of time, for a line is taken out before it is put in again.
        while self._written_s and next(iter(self._written_s.values())) <= until_s:
            self._tell(next(iter(self._written_s)))

    def _tell(self, line: tuple[int, str]) -> None:
        del self._written_s[line]
        if times := self._kept_back.pop(line, 0):
            self._write(line[0], f"{line[1]} (repeated {times} {'time' if times == 1 else 'times'})")

    def _write(self, level: int, text: str) -> None:
        self._stream.write(f"{prefix(level, self._journald)}{text}\n")
        self._stream.flush()


def one_line(record: logging.LogRecord) -> str:
    """A record in one line: what happened, and for an exception what it was and where it came through."""
    text = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        text = f"{text} {trace_line(record.exc_info[1])}"
    text = " ".join(text.split())
    if len(text) > LONGEST:
        half = (LONGEST - 5) // 2
        text = f"{text[:half]} ... {text[-half:]}"
    return text


def trace_line(error: BaseException) -> str:
    """An exception and the way it came, the place of it first, in one line; what caused it comes after.

    Its message is left out where it may quote what was heard.
    """
    parts = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        frames = reversed(traceback.extract_tb(cause.__traceback__))
        places = " < ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
        what = f"[{error_text(cause)}]"
        parts.append(f"{what} at {places}" if places else what)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " because of ".join(parts)


def error_text(error: BaseException) -> str:
    """Kind and message of an unforeseen error; the kind alone where the message may quote what was heard."""
    kind = type(error).__name__
    return kind if isinstance(error, _QUOTING) or not str(error) else f"{kind}: {error}"


def _short(path: str) -> str:
    """The last two parts are enough to find a file."""
    return "/".join(path.split("/")[-2:])


def _ended_by(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("foreglow").critical("foreglow ends:", exc_info=(kind, error, trace))


def _thread_ended_by(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not issubclass(ended.exc_type, SystemExit):
        name = "A thread" if ended.thread is None else f"The thread {ended.thread.name}"
        logging.getLogger("foreglow").critical(
            "%s has ended:", name, exc_info=(ended.exc_type, ended.exc_value, ended.exc_traceback)
        )
