"""Switching a running lamp from another program: `{"do": "switch", "to": "light_on"}` to its socket."""

from collections.abc import Callable
from typing import Any

from runtime.control_server import Handler
from runtime.errors import ControlError
from runtime.learning.loop import Loop
from runtime.lesson import Who

_BY: tuple[Who, ...] = ("command", "page", "schedule", "switch")


def switch_handler(loop: Loop, now_s: Callable[[], float]) -> Handler:
    """What to answer to the request `switch`: `to` is light_on or light_off, `who` is command unless given.

    Args:
        now_s: seconds on the audio clock.
    """

    def switch(request: dict[str, Any]) -> dict[str, Any]:
        to, who = request.get("to"), request.get("who", "command")
        if to not in ("light_on", "light_off"):
            raise ControlError("`to` must be light_on or light_off.")
        if who not in _BY:
            raise ControlError(f"`who` must be one of {', '.join(_BY)}.")
        loop.flip(to == "light_on", who, now_s())
        return {"light": "on" if loop.lit else "off"}

    return switch
