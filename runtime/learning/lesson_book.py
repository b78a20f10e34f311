"""What happened lately, and the lessons already drawn from it, so that only news is told."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from runtime.learning.happened import Acted, Happened, Spoke
from runtime.learning.lessons import Windows, lessons, next_due_s
from runtime.lesson import Lesson

MOST_EVENTS = 1000
"""Kept to draw lessons from; more than that near each other is no household but a fault."""


@dataclass(frozen=True, slots=True)
class News:
    """A lesson that is new, or one that does not hold after all."""

    lesson: Lesson
    """The lesson."""

    holds: bool
    """Whether it holds; False for one told before that is to be undone."""


class LessonBook:
    """The events of one session for as long as a lesson may come from them."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._events: list[Happened] = []
        self._given: dict[int, Lesson] = {}
        self.due_s = math.inf
        """When there may next be news without another event; inf for never."""

    def add(self, event: Happened) -> None:
        """The next event, in the order in which they become known."""
        self._events.append(event)
        self.due_s = -math.inf

    def lit_before(self, utterance: int, otherwise: bool) -> bool:
        """Whether the light was on before the last act for this utterance; `otherwise` when it has none."""
        acts = (event for event in reversed(self._events) if isinstance(event, Acted))
        return next((act.before for act in acts if act.utterance == utterance), otherwise)

    def news(self, now_s: float) -> Iterator[News]:
        """What has changed since the last call, undone lessons first."""
        found = {lesson.utterance: lesson for lesson in lessons(self._events, now_s, self._windows)}
        before, self._given = self._given, found
        self.due_s = next_due_s(self._events, now_s, self._windows)
        yield from (News(lesson, False) for number, lesson in before.items() if number not in found)
        for number, lesson in found.items():
            known = before.get(number)
            if known is None or (known.intent, known.source) != (lesson.intent, lesson.source):
                yield News(lesson, True)

    def trim(self, now_s: float, *, busy: bool) -> set[int]:
        """Drop what no lesson can come from any more, but never a part of what belongs together.

        Args:
            busy: an utterance on which the lamp has acted still goes on.

        Returns:
            The utterances that may still give a lesson.
        """
        changes = [event.at_s for event in self._events if not isinstance(event, Spoke)]
        if not busy and (not changes or now_s > changes[-1] + self._windows.longest_s):
            over = {event.utterance for event in self._events if isinstance(event, Acted)} | set(self._given)
            since_s = now_s - self._windows.claim_s
            spoken = (event for event in self._events if isinstance(event, Spoke))
            self._keep(
                [event for event in spoken if event.ended_s >= since_s and event.utterance not in over]
            )
        elif len(self._events) > MOST_EVENTS:
            self._keep([])
        return {event.utterance for event in self._events if isinstance(event, Spoke)}

    def _keep(self, events: list[Happened]) -> None:
        self._events = events
        self._given = {}
