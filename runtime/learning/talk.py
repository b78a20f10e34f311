"""One utterance on its way into the journal: it is written once what followed from its end is known."""

from dataclasses import dataclass, field

from model.intent import Intent
from runtime.decision import Probabilities
from runtime.events import Decided, Heard, Retracted
from runtime.journal.records import UtteranceRecord
from runtime.learning.happened import Spoke

SURELY_NOTHING: Probabilities = (0.0, 0.0, 1.0)
"""What an utterance without words leaves likely."""


@dataclass(frozen=True, slots=True)
class CommandedLight:
    """The light was commanded because of an utterance."""

    at_s: float
    """When, in seconds on the audio clock."""

    wall_time: float
    """When, in seconds since 1970."""

    on: bool
    """What was commanded."""


@dataclass(slots=True)
class Talk:
    """What is known so far of one utterance and of what the lamp did about it."""

    number: int
    """Counted from 0 in each session."""

    wall_time: float
    """When it began, in seconds since 1970."""

    bundle: str
    """Version of the language model that reads it."""

    heard: Heard
    """The last hypothesis."""

    partials: list[str] = field(default_factory=list)
    """Texts of the hypotheses before the final that changed what was decided."""

    decided: Decided | None = None
    """The last decision."""

    retracted: bool = False
    """Whether it was taken back."""

    touched: bool = False
    """Whether anybody else has switched the light since the lamp acted."""

    labelled: bool = False
    """Whether a lesson has come from it."""

    commands: list[CommandedLight] = field(default_factory=list)
    """What the lamp commanded."""

    id: int | None = None
    """Its number in the journal, once it is there."""

    @property
    def final(self) -> bool:
        """Whether its last word is known."""
        return self.heard.hypothesis.final

    @property
    def text(self) -> str:
        """What was said."""
        return self.heard.hypothesis.text

    def decide(self, event: Decided) -> None:
        """Take in a decision."""
        self.decided, self.retracted, self.touched = event, False, False
        self._note(event.decision.words)

    def retract(self, event: Retracted) -> None:
        """Take in that the decision is taken back."""
        self.retracted = True
        self._note(event.retraction.words)

    def _note(self, words: tuple[str, ...]) -> None:
        text = " ".join(words)
        if not self.final and text not in self.partials:
            self.partials.append(text)

    def spoke(self) -> Spoke:
        """What lessons need to know of it."""
        hypothesis = self.heard.hypothesis
        likely = self.heard.probabilities or SURELY_NOTHING
        return Spoke(self.number, hypothesis.start, hypothesis.time, likely)

    def record(self, session: int, audio: str | None) -> UtteranceRecord:
        """As the journal keeps it; `audio` is the file that its sound is in."""
        decision = None if self.decided is None else self.decided.decision
        intent: Intent | None = None if decision is None else decision.intent
        hypothesis = self.heard.hypothesis
        return UtteranceRecord(
            id=None,
            session=session,
            began_s=hypothesis.start,
            ended_s=hypothesis.time,
            wall_time=self.wall_time,
            words=hypothesis.words,
            partials=tuple(self.partials),
            bundle=self.bundle,
            probabilities=self.heard.trace,
            ended=self.heard.ended,
            decided=intent,
            decided_word=None if decision is None else decision.word,
            decided_s=None if self.decided is None else self.decided.time,
            retracted=self.retracted,
            audio=audio,
        )
