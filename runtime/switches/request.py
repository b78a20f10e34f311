"""Switching a running lamp from another program: `{"do": "switch", "to": "toggle"}` to its socket."""

from collections.abc import Callable
from typing import Any

from runtime.control_server import Handler
from runtime.errors import ControlError
from runtime.learning.loop import Loop
from runtime.lesson import Who

_BY: tuple[Who, ...] = ("command", "page", "schedule", "switch")


def switch_handler(loop: Loop, now_s: Callable[[], float]) -> Handler:
    """What to answer to the request `switch`: `to` is light_on, light_off or toggle, `who` is command unless given.

    Args:
        now_s: seconds on the audio clock.
    """

    def switch(request: dict[str, Any]) -> dict[str, Any]:
        to, who = request.get("to"), request.get("who", "command")
        if to not in ("light_on", "light_off", "toggle"):
            raise ControlError("`to` must be light_on, light_off or toggle.")
        if who not in _BY:
            raise ControlError(f"`who` must be one of {', '.join(_BY)}.")
        on = not loop.lit if to == "toggle" else to == "light_on"
        loop.flip(on, who, now_s())
        return {"light": "on" if loop.lit else "off"}

    return switch
