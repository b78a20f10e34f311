"""The wish to end, however it comes: from a signal, or from a part without which the lamp cannot go on."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """A wish to end, from a signal: at once while loading, in order when listening, else kept until then."""

    def __init__(self) -> None:
        self._wished = False
        self._leave = False
        self._do: Callable[[], object] | None = None

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """A signal has come."""
        if self._leave:
            sys.exit(0)
        self.wish()

    def wish(self) -> None:
        """The same, from a thread: loading is not broken off by it."""
        self._wished = True
        if self._do is not None:
            self._do()

    def by(self, do: Callable[[], object]) -> None:
        """From now on the wish is granted by calling `do`, at once if it was wished before."""
        self._do = do
        if self._wished:
            do()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within this, the wish raises SystemExit(0): loading may take long, and leaves nothing half done."""
        try:
            self._leave = True
            if self._wished:
                sys.exit(0)
            yield
        finally:
            self._leave = False


@contextmanager
def stop_signals() -> Iterator[Stop]:
    """Within this, SIGTERM and SIGINT are wishes to end.

    A SIGHUP that is ignored, as under nohup, does nothing still, but no longer by being ignored: that would be
    inherited by the process of a retraining, and the kernel ends an orphaned one that is stopped by a SIGHUP.
    """
    stop = Stop()
    before = {number: signal.signal(number, stop.handle) for number in (signal.SIGTERM, signal.SIGINT)}
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda _number, _frame: None)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
