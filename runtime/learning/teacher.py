"""Who turns a lesson into a change of what the lamp knows; the learner is one, tests have others."""

from typing import Protocol

from model.intent import Intent
from runtime.lesson import Source


class Teacher(Protocol):
    """Teaches the language model in service at once, or says why a lesson waits."""

    def teach(self, utterance: int, words: tuple[str, ...], intent: Intent, source: Source) -> str | None:
        """Take in what the words of an utterance meant; an earlier lesson on it is undone.

        Returns:
            None when the lesson is in service, else one sentence that says why it waits for retraining.
        """
        ...

    def unteach(self, utterance: int) -> None:
        """Take a lesson back, exactly."""
        ...

    def silence(self, utterance: int, words: tuple[str, ...]) -> None:
        """Nobody touched the switch after an utterance, nor did the lamp: it was likely not meant for it."""
        ...


class LaterTeacher:
    """Changes nothing now: the label is in the journal, and the next retraining learns from it."""

    def teach(
        self,
        utterance: int,  # noqa: ARG002 - as the protocol names it, here and below
        words: tuple[str, ...],  # noqa: ARG002
        intent: Intent,  # noqa: ARG002
        source: Source,  # noqa: ARG002
    ) -> str | None:
        return "it is kept for the next retraining."

    def unteach(self, utterance: int) -> None:
        """Nothing was taught."""

    def silence(self, utterance: int, words: tuple[str, ...]) -> None:
        """The journal has it."""
