"""A call that may hang, made in a thread that can be left behind."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Errand(Generic[Result]):
    """One call on its way. What it raises is raised by `result()`, and nowhere else."""

    def __init__(self, work: Callable[[], Result], wake: Callable[[], object]) -> None:
        """Begin at once; `wake` is called in the thread when it is done."""
        self._work = work
        self._wake = wake
        self._outcome: tuple[Result] | BaseException | None = None
        self._thread = threading.Thread(target=self._go, name="microphone", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether `result()` has something to give."""
        return self._outcome is not None

    def result(self) -> Result:
        """What came of it, once it is done."""
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        assert self._outcome is not None
        return self._outcome[0]

    def wait(self, seconds: float) -> bool:
        """Wait for it for at most so long; whether it is done."""
        self._thread.join(seconds)
        return self.done

    def _go(self) -> None:
        try:
            self._outcome = (self._work(),)
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._outcome = error
        self._wake()
