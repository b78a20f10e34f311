"""Ours with context tokens before every utterance that say nothing about it: what does having them cost?"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.peers.peer import Words
from benchmarks.peers.saffu import Saffu
from model.calibrate import Trace
from model.context_tokens import Context, with_context
from model.examples import Utterance
from model.recipe import Recipe
from model.training import train


@dataclass(frozen=True)
class Told:
    """The language model, told light and hour before it hears an utterance."""

    model: Saffu
    """That hears the tokens as words."""

    @property
    def parameters(self) -> int:
        """Of the model."""
        return self.model.parameters

    @property
    def bytes(self) -> int:
        """Of the model; its words have the tokens among them."""
        return self.model.bytes

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return P(lamp) after every word that was said, and after the end of each utterance."""
        told = [drawn(words).tokens for words in sentences]
        traces = self.model.hear_all(
            [(*tokens, *words) for tokens, words in zip(told, sentences, strict=True)]
        )
        return [trace[len(tokens) :] for tokens, trace in zip(told, traces, strict=True)]

    def stream(self, words: Words) -> Trace:
        """Return the same, stepping."""
        tokens = drawn(words).tokens
        return self.model.stream((*tokens, *words))[len(tokens) :]


def drawn(words: Words) -> Context:
    """Return a context by chance, the same for the same words on every machine; it knows nothing of the intent."""
    number = zlib.crc32(" ".join(words).encode())
    return Context(light=bool(number & 1), hour=number // 2 % 24)


@dataclass(frozen=True)
class ToldRecipe:
    """How it is trained."""

    recipe: Recipe = field(default_factory=Recipe)
    """The one the base model is built with."""

    def fit(self, utterances: Sequence[Utterance], seed: int, pool: Sequence[Utterance] = ()) -> Told:
        """Train on utterances, and on the hardest of the pool, all with a context drawn for them."""
        told, others = ([with_context(u, drawn(u.words)) for u in said] for said in (utterances, pool))
        return Told(Saffu(*train(told, self.recipe.seeded(seed), pool=others)))


DRAWN = ToldRecipe()
