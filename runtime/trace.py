"""Reading an utterance word by word, again only from the first word that changed."""

from typing import Generic, Protocol, TypeVar

from model.vocabulary import END
from runtime.decision import Probabilities

State = TypeVar("State")


class StepModel(Protocol[State]):
    """A causal language model as one step: a word and a state in, probabilities and a new state out."""

    def start(self) -> State:
        """The state at the beginning of an utterance."""
        ...

    def step(self, state: State, word: str) -> tuple[Probabilities, State]:
        """Read one word, or the end token. The given state is left as it was."""
        ...


class Trace(Generic[State]):
    """The probabilities after each word of one utterance, kept up to date as its hypothesis is revised."""

    def __init__(self, model: StepModel[State]) -> None:
        self._model = model
        self._words: tuple[str, ...] = ()
        self._states = [model.start()]
        self._probabilities: list[Probabilities] = []

    def read(self, words: tuple[str, ...]) -> tuple[Probabilities, ...]:
        """The probabilities after each of `words`; the model steps only over new or changed words."""
        kept = _common_prefix(self._words, words)
        del self._states[kept + 1 :]
        del self._probabilities[kept:]
        self._words = words[:kept]
        for word in words[kept:]:
            probabilities, state = self._model.step(self._states[-1], word)
            self._states.append(state)
            self._probabilities.append(probabilities)
        self._words = words
        return self.probabilities

    def ended(self) -> Probabilities:
        """The probabilities once the model hears that the utterance is over after the words read last."""
        probabilities, _ = self._model.step(self._states[-1], END)
        return probabilities

    @property
    def probabilities(self) -> tuple[Probabilities, ...]:
        """As returned by the last `read`."""
        return tuple(self._probabilities)


def _common_prefix(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """How many words the two begin with in common."""
    shared = min(len(old), len(new))
    # Nearly always the new hypothesis only adds words; one comparison of tuples then does.
    if old[:shared] == new[:shared]:
        return shared
    return next(index for index in range(shared) if old[index] != new[index])
