"""A switch somewhere in the house that sends its state, or a press, to an MQTT topic."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from runtime.mqtt.broker import Broker

_log = logging.getLogger(__name__)

_WORDS: Final = {"on": True, "off": False, "1": True, "0": False, "true": True, "false": False}
_PRESSES: Final = frozenset({"toggle", "press", "single"})

MOST_COMMANDS: Final = 20
"""Commands of the lamp that may still be echoed; more than any switch flips within the time."""


class Echoes:
    """Tells what a switch reports because the lamp has just commanded it, from what a person did.

    Each command may come back once within `echo_s` seconds, in any order: a slow bulb still says ON when the lamp
    has gone on to OFF, and nobody has touched anything.
    """

    def __init__(self, echo_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`monotonic`: steady seconds."""
        self._echo_s = echo_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._commands: list[tuple[bool, float]] = []

    def commanded(self, on: bool) -> None:
        """The light has been told to be so, by whomever."""
        with self._lock:
            self._commands = [*self._commands[1 - MOST_COMMANDS :], (on, self._monotonic())]

    def is_echo(self, on: bool) -> bool:
        """Whether a report of that state is but an echo; the command is used up by it."""
        with self._lock:
            since = self._monotonic() - self._echo_s
            self._commands = [command for command in self._commands if command[1] >= since]
            for index, (state, _) in enumerate(self._commands):
                if state == on:
                    del self._commands[: index + 1]  # an older one will not come any more
                    return True
        return False


class MqttSwitch:
    """Flips the light when a message says so: ON, OFF or TOGGLE, in any case."""

    def __init__(
        self,
        broker: Broker,
        topic: str,
        flip: Callable[[bool], object],
        lit: Callable[[], bool],
        echoes: Echoes,
    ) -> None:
        """`flip` is told what is wanted; `lit` tells whether the light is on now."""
        self._topic, self._flip, self._lit, self._echoes = topic, flip, lit, echoes
        self._refused = False
        self._closed = False
        broker.listen(topic, self._take, at_most_once=True)

    def close(self) -> None:
        """What comes from now on is left alone."""
        self._closed = True

    def _take(self, text: str) -> None:
        word = text.lower()
        if self._closed:
            return
        if word in _PRESSES:
            self._flip(not self._lit())
        elif word in _WORDS:
            if not self._echoes.is_echo(_WORDS[word]):
                self._flip(_WORDS[word])
        elif not self._refused:
            self._refused = True  # said once: it may come again and again
            _log.warning(
                "A message at the MQTT topic %s is left alone: it is not ON, OFF or TOGGLE.", self._topic
            )
