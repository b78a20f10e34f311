"""One trigram model per intent, and Bayes: P(intent | prefix) is proportional to P(intent) P(prefix | intent).

Interpolated Kneser-Ney (Chen and Goodman 1999), h a history and h' the same without its oldest word:

    P(w | h) = max(c(h w) - D, 0) / c(h) + R(h) / c(h) P(w | h')

c counts occurrences for trigrams, each with its weight, and, for shorter n-grams, the different words seen before
them; c(h) is the sum of c(h w) over w, R(h) of what was taken off, min(c(h w), D), which is D times the words seen
after h unless one weighs less; D = n1 / (n1 + 2 n2) for each order, n1 and n2 how many n-grams have the count one and
two. Below the unigrams lies the uniform distribution over the vocabulary.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.peers.peer import Words
from model.calibrate import Trace
from model.examples import Utterance
from model.intent import INTENTS
from model.vocabulary import END, START

UNKNOWN = "<unknown>"
"""Stands for every word that training text holds only once, and for all it does not hold."""

Gram = tuple[str, ...]


@dataclass(frozen=True)
class _Order:
    """Counts of the n-grams of one length."""

    counts: dict[Gram, float]
    """c(h w)."""

    histories: dict[Gram, tuple[float, float]]
    """c(h) and R(h)."""

    discount: float
    """D."""

    @classmethod
    def of(cls, counts: dict[Gram, float]) -> "_Order":
        once = sum(count == 1 for count in counts.values())
        twice = sum(count == 2 for count in counts.values())
        discount = once / (once + 2 * twice) if once else 0.5
        histories: dict[Gram, tuple[float, float]] = {}
        for gram, count in counts.items():
            total, taken = histories.get(gram[:-1], (0.0, 0.0))
            histories[gram[:-1]] = total + count, taken + min(count, discount)
        return cls(counts, histories, discount)


@dataclass(frozen=True)
class Trigrams:
    """The language model of one intent."""

    orders: tuple[_Order, ...]
    """Unigrams, bigrams, trigrams."""

    uniform: float
    """Probability of a word about which nothing is known."""

    @classmethod
    def of(cls, sentences: Iterable[tuple[Words, int, float]], vocabulary: int) -> "Trigrams":
        """Count the words and ends of sentences, each with the leading words that do not count and its weight."""
        counts: Counter[Gram] = Counter()
        for words, since, weight in sentences:
            padded = (START, START, *words)
            for gram in zip(padded[since:], padded[since + 1 :], padded[since + 2 :], strict=False):
                counts[gram] += weight  # type: ignore[assignment]
        orders = [_Order.of(dict(counts))]
        for _ in range(2):
            seen_after: Counter[Gram] = Counter(gram[1:] for gram in orders[0].counts)
            orders.insert(0, _Order.of({gram: float(count) for gram, count in seen_after.items()}))
        return cls(tuple(orders), 1 / vocabulary)

    def probability(self, gram: Gram) -> float:
        """Return P(last word | the two before it)."""
        p = self.uniform
        for length, order in enumerate(self.orders, start=1):
            suffix = gram[-length:]
            total, taken = order.histories.get(suffix[:-1], (0.0, 0.0))
            if not total:
                break
            kept = max(order.counts.get(suffix, 0.0) - order.discount, 0.0)
            p = (kept + taken * p) / total
        return p


@dataclass(frozen=True)
class KneserNey:
    """A trigram model for every intent, and how frequent each intent is."""

    models: tuple[Trigrams, ...]
    """In the order of INTENTS."""

    log_prior: tuple[float, ...]
    """log P(intent)."""

    known: frozenset[str]
    """Words that have counts of their own."""

    @property
    def parameters(self) -> int:
        """Every count of an n-gram and every total of a history."""
        return sum(len(o.counts) + 2 * len(o.histories) for m in self.models for o in m.orders)

    @property
    def bytes(self) -> int:
        """4 bytes a number, 4 bytes a word of every n-gram (its id), and the text of the words."""
        ids = sum(len(gram) for m in self.models for o in m.orders for gram in (*o.counts, *o.histories))
        return 4 * (self.parameters + ids) + sum(len(word.encode()) + 1 for word in self.known)

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return P(lamp) after every word and after the end of each utterance."""
        return [self.stream(words) for words in sentences]

    def stream(self, words: Words) -> Trace:
        """Return the same for one; what is remembered is two words and three sums."""
        before, last = START, START
        logs = np.array(self.log_prior)
        rows = []
        for word in (*words, END):
            heard = word if word in self.known or word == END else UNKNOWN
            logs = logs + np.log([model.probability((before, last, heard)) for model in self.models])
            likelihood = np.exp(logs - logs.max())
            rows.append(likelihood / likelihood.sum())
            before, last = last, heard
        return np.array(rows, np.float32)


@dataclass(frozen=True)
class TrigramRecipe:
    """How the trigram models are made."""

    fewest: int = 2
    """Occurrences below which a word is unknown."""

    def fit(self, utterances: Sequence[Utterance], seed: int) -> KneserNey:  # noqa: ARG002 - nothing is random
        """Count utterances."""
        occurrences = Counter(word for u in utterances for word in u.words)
        known = frozenset(word for word, count in occurrences.items() if count >= self.fewest)

        def sentences(intent: str) -> Iterable[tuple[Words, int, float]]:
            for u in utterances:
                if u.intent == intent:
                    words = tuple(word if word in known else UNKNOWN for word in u.words)
                    yield (*words, *([END] if u.finished else [])), u.since, u.weight

        models = tuple(Trigrams.of(sentences(intent), len(known) + 2) for intent in INTENTS)
        weights = [sum(u.weight for u in utterances if u.intent == intent) for intent in INTENTS]
        prior = tuple(float(np.log(weight / sum(weights))) for weight in weights)
        return KneserNey(models, prior, known)


TRIGRAMS = TrigramRecipe()
