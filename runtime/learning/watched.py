"""A teacher after whom somebody looks whether the lamp has become worse, in the same thread, not the listening one."""

from collections.abc import Callable

from model.intent import Intent
from runtime.learning.teacher import Teacher
from runtime.lesson import Source


class WatchedTeacher:
    """Teaches as another does, and looks after each objection."""

    def __init__(self, teacher: Teacher, look: Callable[[], object]) -> None:
        """`look` is called after each lesson that was an objection; it raises nothing."""
        self._teacher = teacher
        self._look = look

    def teach(self, utterance: int, words: tuple[str, ...], intent: Intent, source: Source) -> str | None:
        """As the teacher does."""
        waits = self._teacher.teach(utterance, words, intent, source)
        if source == "objected":
            self._look()
        return waits

    def unteach(self, utterance: int) -> None:
        """As the teacher does."""
        self._teacher.unteach(utterance)

    def silence(self, utterance: int, words: tuple[str, ...]) -> None:
        """As the teacher does."""
        self._teacher.silence(utterance, words)
