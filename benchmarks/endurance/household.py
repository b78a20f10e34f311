"""Who lives with the lamp in the soak: says what is planned, and answers what the lamp does with the switch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from runtime.events import Decided, Event, Retracted
from runtime.learning.loop import Loop

WAITS_S: Final = 3.0
"""Seconds after a command within which an act of the lamp is its answer; then somebody goes to the switch."""

GOES: Final = 0.8
"""How often somebody does, and how often a light that nobody asked for is switched back."""

IDLE_FLIPS: Final = 0.5
"""Times an hour that somebody uses the switch without a word."""


@dataclass
class Counted:
    """What came of what was said."""

    spoken: dict[str, int] = field(default_factory=dict)
    """Commands by kind of voice."""

    obeyed: dict[str, int] = field(default_factory=dict)
    """Of these, obeyed within WAITS_S, for good."""

    opposite: int = 0
    """Commands answered with the opposite."""

    false: int = 0
    """Acts of the lamp that no command was near."""

    false_back: int = 0
    """Of these, taken back by the lamp itself."""

    flips: int = 0
    """Flips of the switch."""


class Household:
    """Told every event of the lamp and the time; flips the switch of the loop."""

    def __init__(self, said: Sequence[Mapping[str, Any]], seed: int) -> None:
        """`said`: as benchmarks/endurance/day.py tells it, in order of time."""
        self.counted = Counted()
        self._commands = [each for each in said if each["intent"] != "none"]
        self._random = Random(seed)
        self._next = 0
        self._answer: str | None = None  # what the lamp did about the present command
        self._undo: tuple[float, bool] | None = None  # when to go and switch to what
        self._false_until_s = 0.0
        self._idle_s = self._random.expovariate(IDLE_FLIPS / 3_600)

    def hear(self, event: Event) -> None:
        """What the lamp did."""
        match event:
            case Decided(time=time_s, decision=decision):
                command = self._commands[self._next] if self._next < len(self._commands) else None
                if command is not None and command["at_s"] <= time_s:
                    self._answer = decision.intent
                else:
                    self.counted.false += 1
                    self._false_until_s = time_s + 5
                    if self._random.random() < GOES:
                        self._undo = time_s + self._random.uniform(2, 6), decision.intent != "light_on"
            case Retracted(time=time_s):
                self._answer = None
                if time_s < self._false_until_s:
                    self.counted.false_back += 1
                    self._undo = None

    def pass_time(self, now_s: float, loop: Loop) -> None:
        """Do what is due."""
        if self._next < len(self._commands):
            command = self._commands[self._next]
            if now_s > command["end_s"] + WAITS_S:
                self._judge(command, now_s, loop)
        if self._undo is not None and now_s > self._undo[0]:
            self._flip(self._undo[1], now_s, loop)
            self._undo = None
        if now_s > self._idle_s:
            self._flip(not loop.lit, now_s, loop)
            self._idle_s = now_s + self._random.expovariate(IDLE_FLIPS / 3_600)

    def _judge(self, command: Mapping[str, Any], now_s: float, loop: Loop) -> None:
        counted, wanted = self.counted, command["intent"]
        kind = "recordings" if command["voice"] == "recording" else "espeak-ng"
        counted.spoken[kind] = counted.spoken.get(kind, 0) + 1
        if self._answer == wanted:
            counted.obeyed[kind] = counted.obeyed.get(kind, 0) + 1
        else:
            counted.opposite += self._answer is not None
            if self._random.random() < GOES:
                self._flip(wanted == "light_on", now_s, loop)
        self._next, self._answer = self._next + 1, None

    def _flip(self, on: bool, now_s: float, loop: Loop) -> None:
        self.counted.flips += 1
        loop.flip(on, "switch", now_s)
