"""The journal as the loop uses it: what cannot be written is said once, and listening goes on."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from model.intent import Intent
from runtime.errors import JournalError, UnknownUtteranceError
from runtime.journal.records import LightEvent, UtteranceRecord
from runtime.learning.talk import Talk
from runtime.lesson import Source, Who

if TYPE_CHECKING:
    from runtime.journal.journal import Journal

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

Clip = Callable[[float, float, float], str | None]
"""Keeps the sound between two times on the audio clock; the third is the first in seconds since 1970. Gives the
file's name, or None when there is no such sound. Raises JournalError."""


class Ledger:
    """Writes one session's rows, or does without."""

    def __init__(self, journal: "Journal | None", wall: Callable[[], float], clip: Clip | None) -> None:
        """`journal`: None where there is none; nothing is written then, and nothing learned.

        Args:
            wall: the time in seconds since 1970.
            clip: keeps the sound of an utterance; None keeps none.
        """
        self._journal = journal
        self._wall = wall
        self._clip = clip
        self._failing = False
        self._session = self._try(lambda journal: journal.begin_session())

    def keep(self, talk: Talk) -> None:
        """Write an utterance and what the lamp did about it; it has its number then, if that succeeded."""
        session = self._session
        if session is not None:
            audio = self._sound(talk)
            talk.id = self._try(lambda journal: journal.add_utterance(talk.record(session, audio)))
        for command in talk.commands:
            self._light(command.at_s, command.wall_time, command.on, "lamp", talk.id)

    def flip(self, at_s: float, on: bool, who: Who) -> None:
        """Write that somebody other than the lamp switched the light."""
        self._light(at_s, self._wall(), on, who, None)

    def label(self, utterance: int, intent: Intent, source: Source) -> bool:
        """Write what an utterance meant. Returns whether it is written."""
        return self._did(lambda journal: journal.add_label(utterance, intent, source, self._wall()))

    def unlabel(self, utterance: int) -> bool:
        """Write that it is not known after all. Returns whether it is written."""
        return self._did(lambda journal: journal.remove_label(utterance))

    def utterance(self, number: int) -> UtteranceRecord:
        """The utterance of that number. Raises JournalError."""
        found = None if self._journal is None else self._journal.utterance(number)
        if found is None:
            raise UnknownUtteranceError(f"there is no utterance {number}; `foreglow history` lists them.")
        return found

    def correct(self, utterance: int, intent: Intent | None) -> None:
        """Write what a person says it meant, or with None that it is not known. Raises JournalError."""
        assert self._journal is not None
        if intent is None:
            self._journal.remove_label(utterance)
        else:
            self._journal.add_label(utterance, intent, "corrected", self._wall())

    def flush(self) -> None:
        """Let nothing wait in memory."""
        self._try(lambda journal: journal.flush())

    def _sound(self, talk: Talk) -> str | None:
        clip, hypothesis = self._clip, talk.heard.hypothesis
        if clip is None:
            return None
        return self._try(lambda _: clip(hypothesis.start, hypothesis.time, talk.wall_time))

    def _light(self, at_s: float, wall_time: float, on: bool, who: Who, utterance: int | None) -> None:
        session = self._session
        if session is not None:
            event = LightEvent(None, session, at_s, wall_time, on, who, utterance)
            self._try(lambda journal: journal.add_light_event(event))

    def _did(self, write: Callable[["Journal"], object]) -> bool:
        return self._try(lambda journal: (write(journal), True)[1]) or False

    def _try(self, use: Callable[["Journal"], Result]) -> Result | None:
        if self._journal is None:
            return None
        try:
            result = use(self._journal)
        except UnknownUtteranceError:
            return None  # it was forgotten in the meantime
        except JournalError as error:
            if not self._failing:
                _log.warning("%s The lamp goes on without it.", error)
            self._failing = True
            return None
        if self._failing:
            _log.warning("The journal is written again.")
        self._failing = False
        return result
