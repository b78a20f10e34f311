"""Learning at once: a lesson changes the household's counts, and the language model in service with them.

Each change is made on a copy of the household. The copy goes into service between two utterances, unless it would
break a phrase of the sanity set that is understood now; then the lesson waits for retraining.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from export.session import State
from model.examples import Utterance
from model.household import NOTHING_HEARD, Example, Household, Words
from model.intent import Intent
from model.limited import read_json
from model.ngram_counts import NgramCounts
from model.vocabulary import END
from runtime.brain import Brain
from runtime.decision import Policy, Probabilities, supported, verdict
from runtime.durable import write_json
from runtime.journal.records import LabelledUtterance
from runtime.learning.taught import TaughtModel
from runtime.lesson import Source
from runtime.service import Service
from runtime.trace import StepModel, Trace

_log = logging.getLogger(__name__)

STRENGTH: Final[dict[Source, float]] = {"unobjected": 0.4, "objected": 0.5, "claimed": 1.0, "corrected": 2.0}
"""How many examples a lesson counts for: silence proves little, a flip back may have had another reason, and a
person's word counts more than a flip."""

SILENCE: Final = 0.25
"""How many examples of `none` an utterance counts for after which nobody touched the switch."""

MOST_SILENT: Final = 3000
"""Such utterances that are remembered, the newest; bounds memory."""

WAITING_FILE: Final = "waiting.json"
"""In the state folder: numbers of the utterances whose lessons wait for retraining. No words."""

_MOST_BYTES: Final = 1_000_000
"""Of that file: more than 60,000 numbers."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the language model, without the household, makes of a phrase of the sanity set."""

    phrase: Utterance
    """The phrase, and what it asks for."""

    trace: tuple[Probabilities, ...]
    """After each word."""

    ended: Probabilities
    """After its end."""


class Learner:
    """Teaches the model of a service. Safe to use from several threads."""

    def __init__(
        self,
        service: Service,
        household: Household,
        sanity: Sequence[Utterance],
        state_folder: Path,
        labels: Iterable[LabelledUtterance] = (),
        silent: Iterable[tuple[int, Words]] | None = None,
    ) -> None:
        """Put what the household taught so far into service.

        Args:
            service: whose model is taught; what it loads later is taught too.
            household: with the base model's counts; it is not changed.
            sanity: phrases that must stay right if they are right.
            state_folder: where the numbers of waiting lessons are kept.
            labels: what was learned before, the newest last.
            silent: utterances after which nobody touched the switch, the newest last; None when silence teaches
                nothing, as beside a base model, which knows what people say all day.
        """
        self._service = service
        self._sanity = sanity
        self._waiting_file = state_folder / WAITING_FILE
        self._changing = threading.Lock()
        self._waiting = _read_numbers(self._waiting_file)
        self._kept_reads: tuple[str, Sequence[Read]] = ("", ())
        self._household = household.copy()
        for label in labels:
            if label.words and label.id not in self._waiting:
                self._household.teach(_example(label.id, label.words, label.intent, label.source))
        self._silent: deque[int] | None = None if silent is None else deque(maxlen=MOST_SILENT)
        for number, words in silent or ():
            self._remember(self._household, number, words)
        service.adapt(self._taught)

    @property
    def household(self) -> Household:
        """What is in service; not to be changed."""
        return self._household

    @property
    def waiting(self) -> frozenset[int]:
        """Numbers of the utterances whose lessons wait for retraining."""
        return frozenset(self._waiting)

    def teach(self, utterance: int, words: tuple[str, ...], intent: Intent, source: Source) -> str | None:
        """Take in what the words of an utterance meant; an earlier lesson on it is undone.

        Returns None when the lesson is in service, else one sentence that says why it waits for retraining.
        """
        if not words:
            return None  # a flip beside a cough teaches nothing
        with self._changing:
            if source == "unobjected" and self._knows(words, intent):
                return None
            taught = self._household.copy()
            taught.teach(_example(utterance, words, intent, source))
            broken = self._broken(taught)
            if broken is None:
                self._wait(self._waiting - {utterance})
                self._put(taught)
                return None
            if utterance in self._household:  # the earlier lesson is undone all the same
                without = self._household.copy()
                without.unteach(utterance)
                self._put(without)
            self._wait(self._waiting | {utterance})
            return (
                f"the lesson waits for retraining: with it, “{' '.join(broken.words)}” would no longer be "
                f"understood as {broken.intent}."
            )

    def unteach(self, utterance: int) -> None:
        """Take a lesson back; what is then in service is what would be without it."""
        self.forget({utterance})

    def forget(self, utterances: Set[int]) -> int:
        """Take back what these taught, lessons and silence, all at once; return how many had taught something."""
        with self._changing:
            self._wait(self._waiting - utterances)
            taught = [number for number in utterances if number in self._household]
            if taught:
                without = self._household.copy()
                for number in taught:
                    without.unteach(number)
                self._put(without)
            return len(taught)

    def silence(self, utterance: int, words: tuple[str, ...]) -> None:
        """Nobody touched the switch after an utterance, nor did the lamp."""
        if self._silent is None or not words:
            return
        with self._changing:
            household = self._household.copy()
            self._remember(household, utterance, words)
            self._put(household)

    def _remember(self, household: Household, utterance: int, words: Words) -> None:
        assert self._silent is not None
        if len(self._silent) == MOST_SILENT and household.strength(self._silent[0]) == SILENCE:
            household.unteach(self._silent[0])  # the oldest makes room; a lesson in its place stays
        self._silent.append(utterance)
        household.teach(Example(utterance, words, "none", SILENCE))

    def _put(self, household: Household) -> None:
        self._household = household
        self._service.change(self._taught)

    def _taught(self, brain: Brain) -> Brain:
        return replace(brain, session=TaughtModel(untaught(brain), self._household))

    def _knows(self, words: Words, intent: Intent) -> bool:
        """Whether the language model decides so by itself; that nobody objects to it teaches nothing new."""
        brain = self._service.brain
        read = _read(untaught(brain), Utterance(words, intent))
        return _is_right(read, Household(NgramCounts()), brain.policy)

    def _broken(self, household: Household) -> Utterance | None:
        """The first phrase of the sanity set that is right now and would be wrong with this household.

        A phrase is read as before unless one of its words is in an example that came or went.
        """
        brain = self._service.brain
        changed = set(household.examples()) ^ set(self._household.examples())
        touched = {word for example in changed for word in example.words}
        for read in self._reads(brain):
            if touched.isdisjoint(read.phrase.words):
                continue
            if _is_right(read, self._household, brain.policy) and not _is_right(
                read, household, brain.policy
            ):
                return read.phrase
        return None

    def _reads(self, brain: Brain) -> Sequence[Read]:
        """The sanity set as the brain's model reads it, kept until another bundle is in service."""
        version, reads = self._kept_reads
        if version != brain.bundle.version:
            reads = [_read(untaught(brain), phrase) for phrase in self._sanity]
            self._kept_reads = brain.bundle.version, reads
        return reads

    def _wait(self, numbers: set[int]) -> None:
        if numbers != self._waiting:
            self._waiting = numbers
            try:
                write_json(self._waiting_file, sorted(numbers))
            except OSError as error:
                _log.warning("%s cannot be written: %s.", self._waiting_file, error.strerror)


def untaught(brain: Brain) -> StepModel[State]:
    """The brain's language model without what the household taught it."""
    return brain.session.model if isinstance(brain.session, TaughtModel) else brain.session


def _example(number: int, words: tuple[str, ...], intent: Intent, source: Source) -> Example:
    return Example(number, words, intent, STRENGTH[source], objection=source == "objected")


def _read(model: StepModel[State], phrase: Utterance) -> Read:
    trace = Trace(model)
    return Read(phrase, trace.read(phrase.words), trace.ended())


def _is_right(read: Read, household: Household, policy: Policy) -> bool:
    """Whether the phrase is understood: of a command the intent at the end, of another that nothing acts."""
    heard = NOTHING_HEARD
    moved = []
    for word, probabilities in zip((*read.phrase.words, END), (*read.trace, read.ended), strict=True):
        heard = heard.then(word, probabilities)
        moved.append(household.move(heard, probabilities))
    *trace, ended = moved
    found = verdict(trace, ended, policy)
    if read.phrase.intent == "none":
        return found is None and all(supported(probabilities, policy) == "none" for probabilities in trace)
    return found is not None and found.intent == read.phrase.intent


def _read_numbers(path: Path) -> set[int]:
    try:
        numbers = read_json(path, _MOST_BYTES)
        return {number for number in numbers if type(number) is int}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, TypeError) as error:
        _log.warning("%s cannot be read (%s); no lesson is held back.", path, error)
        return set()
