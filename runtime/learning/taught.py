"""The language model as the household has taught it: a step of the model, moved by the household's counts."""

from typing import Generic

from model.household import NOTHING_HEARD, Heard, Household
from runtime.decision import Probabilities
from runtime.trace import State, StepModel

TaughtState = tuple[State, Heard]
"""The model's own state, and what the household goes by."""


class TaughtModel(Generic[State]):
    """A step model like the one it wraps. The household must not change while this reads."""

    def __init__(self, model: StepModel[State], household: Household) -> None:
        self.model = model
        """As it is without the household."""
        self.household = household
        """What it was taught."""

    def start(self) -> TaughtState[State]:
        """The state at the beginning of an utterance."""
        return self.model.start(), NOTHING_HEARD

    def step(self, state: TaughtState[State], word: str) -> tuple[Probabilities, TaughtState[State]]:
        """Read one word, or the end token."""
        below, heard = state
        probabilities, below = self.model.step(below, word)
        heard = heard.then(word, probabilities)
        return self.household.move(heard, probabilities), (below, heard)
