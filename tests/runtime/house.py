"""A loop with everything around it: a light, a teacher, and people who speak and flip the switch."""

from runtime.decision import Decision, Retraction
from runtime.events import Decided, Heard, Labelled, Retracted
from runtime.learning.lessons import Windows
from runtime.learning.loop import Loop
from tests.runtime.kept import of
from transcribe.hypothesis import Hypothesis

NOTHING = (0.01, 0.01, 0.98)
NOON = 1_800_000_000.0


class Lamp:
    """A light that remembers."""

    def __init__(self) -> None:
        self.states: list[bool] = []

    def switch(self, on: bool) -> None:
        self.states.append(on)

    def close(self) -> None:
        """Nothing."""


class Pupil:
    """A teacher that remembers; it has one answer."""

    def __init__(self, answer=None) -> None:
        self.taught: list[tuple] = []
        self.unremarked: list[tuple] = []
        self.answer = answer

    def teach(self, *lesson):
        if isinstance(self.answer, Exception):
            raise self.answer
        self.taught.append(lesson)
        return self.answer

    def unteach(self, utterance):
        self.taught.append((utterance, None))

    def silence(self, utterance, words):
        self.unremarked.append((utterance, words))


class House:
    """A loop with everything around it."""

    def __init__(self, journal, *, pupil=None, worker=None) -> None:
        self.lamp, self.pupil, self.told = Lamp(), pupil or Pupil(), []
        self.loop = Loop(
            *(journal, self.pupil, Windows(), lambda: "base 1"),
            light=self.lamp, tell=self.told.append, wall=lambda: NOON, worker=worker,
        )  # fmt: skip

    def say(self, at_s, text, *, act=None, retract=False, probabilities=NOTHING):
        """An utterance of one second that ends at `at_s`; `act` is decided half a second before."""
        words = tuple(text.split())
        partial, final = (
            Hypothesis(words, False, at_s - 0.5, at_s - 1),
            Hypothesis(words, True, at_s, at_s - 1),
        )
        trace = (probabilities,) * len(words)
        self.loop.hear(Heard(partial.time, partial, probabilities, trace))
        if act is not None:
            decision = Decision(act, 0.97, words, len(words), partial.time)
            self.loop.hear(Decided(partial.time, decision))
        self.loop.hear(Heard(at_s, final, probabilities, trace))
        if retract:
            self.loop.hear(Retracted(at_s, Retraction(decision, words, at_s)))
        self.loop.tick(at_s)

    def flip(self, on, at_s, who="switch"):
        self.loop.flip(on, who, at_s)

    def wait(self, at_s):
        """Time passes as in a running lamp."""
        while self.loop.due_s <= at_s:
            self.loop.tick(max(self.loop.due_s, 0.0))
        self.loop.tick(at_s)

    @property
    def labels(self):
        return [(label.utterance, label.intent, label.source) for label in of(Labelled, self.told)]
