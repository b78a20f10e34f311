"""From a stream of revised hypotheses to decisions, before the sentence has ended."""

from typing import Generic

from model.intent import INTENTS, Intent
from runtime.decision import Decision, Policy, Probabilities, Retraction, Verdict, supported, verdict
from runtime.trace import State, StepModel, Trace
from transcribe.hypothesis import Hypothesis

STILL_S = 0.40
"""Seconds of sound through which the words of a partial have not changed, after which they may be all there is: the
recogniser hears silence where the speech gate, in noise, does not. Most words are shorter."""


class Anticipator(Generic[State]):
    """Hears hypotheses of one audio stream in order; says when to switch and when to take it back.

    At most one decision stands for an utterance. A final that contradicts it takes it back, so that what
    stands at the end of an utterance depends on its final words alone, not on the guesses on the way there.
    """

    def __init__(self, model: StepModel[State], policy: Policy) -> None:
        self._model = model
        self._policy = policy
        self.reset()

    def reset(self) -> None:
        """Forget everything heard: a new audio stream begins, whose clock may start anywhere."""
        self._acted_at: float | None = None
        self._begin_utterance()

    def _begin_utterance(self) -> None:
        self._trace = Trace(self._model)
        self._ended: Probabilities | None = None
        self._words: tuple[str, ...] = ()
        self._changed_s = 0.0
        self._decision: Decision | None = None
        self._streak_intent: Intent = "none"
        self._streak = 0

    def adopt(self, model: StepModel[State], policy: Policy) -> None:
        """Decide with these from the next utterance on, which begins now; the refractory time goes on."""
        self._model = model
        self._policy = policy
        self._begin_utterance()

    @property
    def policy(self) -> Policy:
        """When it acts."""
        return self._policy

    @property
    def trace(self) -> tuple[Probabilities, ...]:
        """The probabilities after each word of the hypothesis heard last."""
        return self._trace.probabilities

    @property
    def ended(self) -> Probabilities | None:
        """The probabilities once the utterance heard last was over; None while it may go on."""
        return self._ended

    @property
    def decision(self) -> Decision | None:
        """The decision that stands for the utterance heard last."""
        return self._decision

    def hear(self, hypothesis: Hypothesis, *, paused: bool = False) -> list[Decision | Retraction]:
        """Take in the next hypothesis; what follows from it, in order. Mostly nothing.

        `paused`: nobody has spoken for a moment, so that a partial may be all there is. It is then judged like a
        final, and so it is when its words have stood still for STILL_S. Whatever is said after that, the final
        decides.
        """
        if self._ended is not None:
            self._begin_utterance()
        if hypothesis.words != self._words:
            self._words, self._changed_s = hypothesis.words, hypothesis.time
        paused = paused or hypothesis.time - self._changed_s >= STILL_S
        trace = self._trace.read(hypothesis.words)
        if hypothesis.final:
            self._ended = self._trace.ended()
            return self._conclude(hypothesis, trace, self._ended)
        return self._anticipate(hypothesis, trace, paused)

    def _anticipate(
        self, hypothesis: Hypothesis, trace: tuple[Probabilities, ...], paused: bool
    ) -> list[Decision | Retraction]:
        said = self._said(trace, paused) if self._decision is None else None
        intent: Intent = "none" if said is None else said.intent
        self._streak = self._streak + 1 if intent == self._streak_intent else 1
        self._streak_intent = intent
        if said is None or self._streak < self._policy.consecutive or self._is_refractory(hypothesis):
            return []
        return [self._decide(said, hypothesis)]

    def _said(self, trace: tuple[Probabilities, ...], paused: bool) -> Verdict | None:
        """What a partial asks for."""
        intent = supported(trace[-1], self._policy) if trace else "none"
        if intent != "none":
            return Verdict(intent, len(trace), trace[-1][INTENTS.index(intent)])
        return verdict(trace, self._trace.ended(), self._policy) if paused else None

    def _conclude(
        self, hypothesis: Hypothesis, trace: tuple[Probabilities, ...], ended: Probabilities
    ) -> list[Decision | Retraction]:
        said = verdict(trace, ended, self._policy)
        earlier = self._decision
        if earlier is None:
            if said is None or self._is_refractory(hypothesis):
                return []
            return [self._decide(said, hypothesis)]
        if said is not None and said.intent == earlier.intent:
            return []
        self._decision = None
        changes: list[Decision | Retraction] = [Retraction(earlier, hypothesis.words, hypothesis.time)]
        if said is not None:
            # A correction of our own act: refractory time is there to calm the lamp, not to keep it wrong.
            changes.append(self._decide(said, hypothesis))
        return changes

    def _decide(self, said: Verdict, hypothesis: Hypothesis) -> Decision:
        self._decision = Decision(said.intent, said.confidence, hypothesis.words, said.word, hypothesis.time)
        self._acted_at = hypothesis.time
        return self._decision

    def _is_refractory(self, hypothesis: Hypothesis) -> bool:
        return self._acted_at is not None and hypothesis.time < self._acted_at + self._policy.refractory_s
