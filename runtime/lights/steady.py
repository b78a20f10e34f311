"""A light that may fail or dawdle, made into one that listening never waits for."""

import logging
import threading
import time

from runtime.errors import LightError
from runtime.lights.light import Device, LightHealth, Reached, not_told, state_of

_log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
"""Between the first failure and the next attempt; twice as long after each further one."""

LAST_RETRY_S = 60.0
"""The longest pause between two attempts."""

_LETTING_GO_S = 2.0
"""Seconds granted beyond the time-out for a device to let go, or for a program to be killed."""


class SteadyLight:
    """Switches a device in a thread of its own, and tries for ever until it is as wanted.

    One attempt at a time. What is asked for during an attempt waits for its end, and only the latest is then done;
    what is new is tried at once, however long the pause before the next attempt would be. The first failure is
    warned about, those right after it are not; the first success after it is told.
    """

    def __init__(
        self,
        device: Device,
        timeout_s: float,
        *,
        first_retry_s: float = FIRST_RETRY_S,
        last_retry_s: float = LAST_RETRY_S,
        reached: Reached = not_told,
    ) -> None:
        """`timeout_s`: seconds an attempt may take; the next two are the first and the longest pause."""
        self._device = device
        self._timeout_s = timeout_s
        self._first_retry_s = first_retry_s
        self._last_retry_s = last_retry_s
        self._tell_reached = reached
        self._changed = threading.Condition()
        self._wanted: bool | None = None
        self._reached: bool | None = None
        self._waiting = False  # something is wanted that has not been reached
        self._try_at = 0.0
        self._pause_s = first_retry_s
        self._began: float | None = None  # of the attempt that goes on
        self._close_by: float | None = None
        self._failure: str | None = None
        self._failures = 0
        self._thread = threading.Thread(target=self._work, name="light", daemon=True)
        self._thread.start()

    def switch(self, on: bool) -> None:
        with self._changed:
            self._wanted, self._waiting, self._pause_s = on, True, self._first_retry_s
            self._try_at = time.monotonic()
            self._changed.notify()
            hangs = self._hangs()
        if hangs:
            self._report("does not answer")

    def retry(self) -> None:
        """What stood in the way may be gone: try at once if something is still to be done."""
        with self._changed:
            self._try_at = time.monotonic()
            self._changed.notify()

    def health(self) -> LightHealth:
        """How it is doing."""
        with self._changed:
            wanted = None if self._wanted is None else state_of(self._wanted)
            reached = None if self._reached is None else state_of(self._reached)
            failure = "does not answer" if self._hangs() else self._failure
            return LightHealth(self._device.name, wanted, reached, failure, self._failures)

    def close(self) -> None:
        """Wait until the state last asked for is reached, for at most `timeout_s` seconds, and let go."""
        with self._changed:
            if self._close_by is None:
                self._close_by = time.monotonic() + self._timeout_s
            self._changed.notify()
        self._thread.join(self._timeout_s + _LETTING_GO_S)

    def _work(self) -> None:
        while self._wait():
            with self._changed:
                wanted, self._waiting = self._wanted, False
                timeout_s = self._timeout_s
                if self._close_by is not None:
                    timeout_s = min(timeout_s, self._close_by - time.monotonic())
                self._began = time.monotonic()
            assert wanted is not None
            failure = self._attempt(wanted, timeout_s)
            if failure is None:
                self._tell_reached(wanted, time.perf_counter())
            with self._changed:
                self._began = None
                if failure is None:
                    self._reached, self._pause_s = wanted, self._first_retry_s
                else:
                    self._failures += 1
                    if not self._waiting:  # else something newer is wanted, and tried at once
                        self._waiting = self._close_by is None
                        self._try_at = time.monotonic() + self._pause_s
                        self._pause_s = min(2 * self._pause_s, self._last_retry_s)
            self._report(failure)
        self._device.close()

    def _wait(self) -> bool:
        """Wait for something to do; False when it is time to end."""
        with self._changed:
            while not self._waiting or (self._close_by is None and time.monotonic() < self._try_at):
                if self._close_by is not None:
                    return False
                left_s = self._try_at - time.monotonic() if self._waiting else None
                self._changed.wait(left_s)
            return True

    def _attempt(self, on: bool, timeout_s: float) -> str | None:
        if timeout_s <= 0:
            return f"had no time left to be switched {state_of(on)}"
        try:
            self._device.set(on, timeout_s)
        except LightError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours, or of a library: it is tried again all the same
            _log.exception("%s failed in an unforeseen way.", self._device.name)
            return f"failed: {type(error).__name__}"
        return None

    def _hangs(self) -> bool:
        return self._began is not None and time.monotonic() > self._began + self._timeout_s + _LETTING_GO_S

    def _report(self, failure: str | None) -> None:
        with self._changed:
            before, self._failure = self._failure, failure
        if failure is not None and before is None:
            _log.warning("%s %s.", self._device.name, failure)
        elif failure is None and before is not None:
            _log.warning("%s works again.", self._device.name)
