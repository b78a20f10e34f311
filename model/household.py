"""What one household taught: counts of its own n-grams, beside the language model.

The language model says p_0 = P(lamp | prefix). Every n-gram that ends the prefix and that the household taught moves
it, the shortest first; each is the prior of the next one (a Dirichlet prior, as in hierarchical n-gram models,
MacKay and Peto 1995):

    p_n = (h_n + k_n p_{n-1}) / (|h_n| + k_n),    k_n = PRIOR + BASE b_n + l_n,    n = 1, …, ORDER

    h_n  how often the lamp's turn was light_on, light_off, none after the n-gram in what the household taught    (3,)
    b_n  how often the n-gram is in the text the base model was trained on: what was seen often moves little
    l_n  LOOSE for a group of 2 to ORDER - 1 words in the midst of an utterance, else 0

A phrase is not meant wherever its words are said. Where the longest n-gram found begins in the midst of what is being
said, and the language model was all but sure of none (above SURE) just before it, h_n has only what was taught as none:
once "party time" was taught, "so party time" switches the light, and "remind me of party time" does not.

n-grams include `<s>` before the first word and the end token after the last; words that are put in anywhere without
changing what is meant (FILLERS) are passed over. Counts are whole numbers, so adding and
taking away are exact: a household that unlearns an example is the household that never heard it. A flip back that
the other examples with the same words outvote counts for nothing until a second one agrees (`doubted`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from model.intent import INTENTS, Intent
from model.ngram_counts import NgramCounts
from model.vocabulary import END, START

Words = tuple[str, ...]
Probabilities = tuple[float, float, float]

ORDER: Final = 5
"""Words of the longest n-gram."""

UNIT: Final = 64
"""Counts are kept in parts of an example, this many to one, so that a part of one is whole too."""

FADING: Final = 0.8
"""What an example is worth beside the next newer one with the same words: a habit that changed is followed."""

PRIOR: Final = 0.5
"""How many examples the model's own opinion is worth where the base text never had the n-gram."""

BASE: Final = 0.2
"""How many examples more it is worth for each time that the base text had the n-gram."""

MAJORITY: Final = 0.75
"""Share of the other examples' strength that must speak for light or dark, so that a lone flip back is in doubt."""

LOOSE: Final = 2.0
"""How many examples more it is worth for a few words out of the midst of what was taught, which may end anything."""

SURE: Final = 0.9995
"""P(none) above which what is being said is something else, and a phrase at its end is a part of that. After words that
lead to nothing in particular, "so", "and", "the", the base model says less; after two or three words of another
request, or of talk, mostly more."""

FILLERS: Final = frozenset("um uh er hm hey okay please oh well".split())
"""Words passed over: "please lumos" and "lumos, um" are "lumos"."""

NONE: Final = INTENTS.index("none")

_BITS: Final = 32
"""Bits of one count in a packed number."""

_ONE: Final = (1 << _BITS) - 1


@dataclass(frozen=True, slots=True)
class Example:
    """Words with what they asked for, in this household."""

    number: int
    """Names it, and says how new it is: of two, the larger is newer."""

    words: Words
    """As the recogniser wrote them; at least one."""

    intent: Intent
    """What they asked for."""

    strength: float
    """How many examples it counts for."""

    objection: bool = False
    """Whether it comes of a flip back, which may have been a slip of the hand or have had another reason."""


def doubted(examples: Sequence[Example]) -> frozenset[int]:
    """Return the numbers of flips back that are likely no more than slips, of examples with the same words.

    They say that nothing was meant, once, where people have asked for light or dark all along. Two in a row are no
    slip, and what is meant half of the time is not either. The oldest example comes first.
    """
    asked = sum(example.strength for example in examples if example.intent != "none")
    total = sum(example.strength for example in examples)
    found = set()
    for at, example in enumerate(examples):
        neighbours = (*examples[max(at - 1, 0) : at], *examples[at + 1 : at + 2])
        lone = all(other.intent != "none" for other in neighbours)
        outvoted = asked > max(example.strength, MAJORITY * (total - example.strength))
        if example.objection and example.intent == "none" and lone and outvoted:
            found.add(example.number)
    return frozenset(found)


class Heard(NamedTuple):
    """The end of what is being said, as far as the household looks back."""

    words: Words
    """The last ORDER words that are no fillers, or as many as there are, START among them."""

    nones: tuple[float, ...]
    """P(none) after each of them, as the language model has it without the household; 0 after START."""

    def then(self, word: str, probabilities: Probabilities) -> "Heard":
        """Return it once more was heard, the model's probabilities after that given; a filler leaves it as it is."""
        if word in FILLERS:
            return self
        kept = -(ORDER - 1)
        return Heard((*self.words[kept:], word), (*self.nones[kept:], probabilities[NONE]))

    def leads_elsewhere(self, n: int) -> bool:
        """Whether there was no doubt, before the last n words, that nothing is asked for."""
        return n < len(self.words) and self.nones[-n - 1] > SURE


NOTHING_HEARD: Final = Heard((START,), (0.0,))
"""Before the first word."""


@dataclass
class Household:
    """Examples and their counts. Not for use from several threads while examples come and go."""

    base: NgramCounts
    """b: n-grams of the base model's text."""

    doubts: bool = True
    """Whether flips back that are likely slips wait for a second one. Not where there is no base text: then the lamp
    errs so often that a flip back is mostly right."""

    _examples: dict[int, Example] = field(default_factory=dict)
    _texts: dict[Words, list[int]] = field(default_factory=dict)
    _counts: dict[Words, int] = field(default_factory=dict)

    def copy(self) -> "Household":
        """Return one with the same examples, to teach apart from this one."""
        return Household(
            self.base,
            self.doubts,
            dict(self._examples),
            {words: list(numbers) for words, numbers in self._texts.items()},
            dict(self._counts),
        )

    def __len__(self) -> int:
        """How many examples it was taught."""
        return len(self._examples)

    def __contains__(self, number: int) -> bool:
        """Whether an example of this number was taught."""
        return number in self._examples

    def teach(self, example: Example) -> None:
        """Add an example; one with the same number is replaced."""
        self.unteach(example.number)
        if not example.words:
            raise ValueError("an example has at least one word")
        self._change(example.words, -1)
        self._examples[example.number] = example
        self._texts.setdefault(example.words, []).append(example.number)
        self._texts[example.words].sort()
        self._change(example.words, +1)

    def unteach(self, number: int) -> None:
        """Take an example away as if it had never been; nothing happens if it is not there."""
        example = self._examples.get(number)
        if example is None:
            return
        self._change(example.words, -1)
        del self._examples[number]
        numbers = self._texts[example.words]
        numbers.remove(number)
        if not numbers:
            del self._texts[example.words]
        self._change(example.words, +1)

    def strength(self, number: int) -> float:
        """How many examples the one of this number counts for while it is the newest; 0 if it was not taught."""
        example = self._examples.get(number)
        return example.strength if example else 0.0

    def examples(self) -> list[Example]:
        """Return what it was taught, the oldest first."""
        return [self._examples[number] for number in sorted(self._examples)]

    def move(self, heard: Heard, probabilities: Probabilities) -> Probabilities:
        """Return p_N for the model's p_0, P(lamp) after what was heard."""
        found = self._taught(heard.words)
        elsewhere = heard.leads_elsewhere(len(found))
        for n, packed in enumerate(found, start=1):
            ngram = heard.words[-n:]
            if ngram == (END,):
                continue  # every utterance ends
            h = (packed & _ONE, packed >> _BITS & _ONE, packed >> 2 * _BITS)
            if elsewhere:
                h = (0, 0, h[NONE])
            prior = PRIOR + BASE * self.base.count(ngram)
            if 1 < n < ORDER and ngram[0] != START:
                prior += LOOSE
            total = sum(h) / UNIT + prior
            probabilities = (
                (h[0] / UNIT + prior * probabilities[0]) / total,
                (h[1] / UNIT + prior * probabilities[1]) / total,
                (h[2] / UNIT + prior * probabilities[2]) / total,
            )
        return probabilities

    def _taught(self, words: Words) -> list[int]:
        """Return the counts, packed, of the n-grams that end there, the shortest first, as far as they were taught."""
        found = []
        for n in range(1, len(words) + 1):
            packed = self._counts.get(words[-n:])
            if packed is None:
                break  # nor is any longer one there
            found.append(packed)
        return found

    def _change(self, words: Words, sign: int) -> None:
        """Count, or uncount, all examples with these words: what each is worth hangs on the newer ones."""
        packed = self._packed(words)
        if not packed:
            return
        for ngram in ngrams(words):
            count = self._counts.get(ngram, 0) + sign * packed
            if count:
                self._counts[ngram] = count
            else:
                del self._counts[ngram]

    def _packed(self, words: Words) -> int:
        packed = 0
        examples = [self._examples[number] for number in self._texts.get(words, ())]
        in_doubt = doubted(examples) if self.doubts else frozenset()
        for age, example in enumerate(reversed(examples)):
            if example.number not in in_doubt:
                worth = round(UNIT * example.strength * FADING**age)
                packed += worth << _BITS * INTENTS.index(example.intent)
        return packed


def ngrams(words: Sequence[str]) -> Iterator[Words]:
    """Yield every n-gram, up to ORDER words, that ends in a word of an utterance or in its end.

    Of an utterance of fillers alone there are none: it says nothing.
    """
    kept = [word for word in words if word not in FILLERS]
    said = (START, *kept, END) if kept else ()
    for end in range(2, len(said) + 1):
        for begin in range(max(0, end - ORDER), end):
            yield said[begin:end]
