"""Telling systemd how the lamp is: sd_notify(3), a datagram of `KEY=value` lines to $NOTIFY_SOCKET.

Without $NOTIFY_SOCKET every call does nothing. A message that cannot be sent is lost and nothing is raised:
listening never depends on who supervises it.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping


class Notifier:
    """The supervisor of this process, if it has one. Any thread may call; each message is one datagram."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        environment: where $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID are looked up.
        monotonic_s: seconds on a clock that only goes forward.
        """
        self._monotonic_s = monotonic_s
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._watched = environment.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        self._every_s = _quarter_s(environment.get("WATCHDOG_USEC", ""))
        self._alive_at_s = float("-inf")

    def ready(self, status: str) -> None:
        """The start is over and the lamp listens; `status` is one line for `systemctl status`."""
        self._send("READY=1", f"STATUS={_one_line(status)}")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={_one_line(text)}")

    def alive(self) -> None:
        """Feed the watchdog. May be called as often as one likes: it sends four times in a watchdog's time."""
        now_s = self._monotonic_s()
        if self._watched and self._every_s is not None and now_s - self._alive_at_s >= self._every_s:
            self._alive_at_s = now_s
            self._send("WATCHDOG=1")

    def watchdog_s(self, seconds: float) -> None:
        """Ask for a watchdog of `seconds` > 0 from now on, in place of the unit's; this feeds it once."""
        if not self._watched:
            return
        self._every_s = seconds / 4
        self._alive_at_s = self._monotonic_s()
        # Both, because systemd counts the new time from the last sign of life, which may be older than that.
        self._send("WATCHDOG=1", f"WATCHDOG_USEC={max(1, round(seconds * 1e6))}")

    def stopping(self) -> None:
        """The end has begun."""
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)  # a supervisor that reads nothing must not hold up the sound
                sender.connect(self._address)
                sender.send("\n".join(lines).encode(errors="replace"))
        except OSError:
            pass  # nobody is there to be told


def _address(path: str) -> str | None:
    """A path, or a name in the abstract namespace, which is written with `@` for its leading zero byte."""
    if path.startswith("@"):
        return "\0" + path[1:]
    return path if path.startswith("/") else None


def _quarter_s(watchdog_usec: str) -> float | None:
    """Seconds between two signs of life; None where no watchdog was asked for."""
    return int(watchdog_usec) / 4e6 if watchdog_usec.isdecimal() and int(watchdog_usec) > 0 else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
