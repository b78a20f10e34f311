"""python -m benchmarks.new_phrases --data FOLDER: how soon a phrase of one's own is obeyed, and what that costs.

50 phrases of our own (new_phrases.yaml) that the base model does not obey are taught through the real learner as
flips of the switch would teach them. Then all of them are taught, and 2,000 sentences that ask for nothing are
heard before and after. Writes docs/benchmarks/new_phrases.md.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import yaml
from rich.console import Console
from rich.progress import Progress

from benchmarks.new_phrases_pieces import pieces_of
from benchmarks.new_phrases_report import TIMES, Known, Lessons, Misheld, Turned, write_page
from benchmarks.new_phrases_text import Text, counts_without, read_text
from model.base_model import BASE_FOLDER
from model.errors import ModelError
from model.household import Household
from model.intent import ACTIONS, Intent
from model.ngram_counts import NGRAMS_FILE, NgramCounts, load_ngram_counts
from model.sanity import load_sanity
from runtime.anticipate import answer
from runtime.brain import load_brain
from runtime.config import Config
from runtime.learning.learner import Learner
from runtime.lesson import Source
from runtime.service import Service

PHRASES = Path(__file__).parent / "new_phrases.yaml"

PATIENCE = 12
"""Corrections after which a phrase counts as never obeyed."""

CONFIRMED = (0, 10, 30)
"""Uses without objection before a habit turns round."""

USES = 20
"""Of each phrase while one flip in twenty is wrong."""

WRONG = 0.05
"""Share of wrong flips."""

OTHER: dict[Intent, Intent] = {"light_on": "light_off", "light_off": "light_on"}

VARIANTS: dict[str, Callable[[str], str]] = {
    "as taught": lambda text: text,
    "hey …": lambda text: f"hey {text}",
    "okay …": lambda text: f"okay {text}",
    "um …": lambda text: f"um {text}",
    "… please": lambda text: f"{text} please",
    "… now": lambda text: f"{text} now",
}


@dataclass(frozen=True)
class Phrase:
    """What somebody says, and what for."""

    text: str
    """As the recogniser writes it."""

    intent: Intent
    """What is wanted."""

    group: str
    """`words`, `scenes` or `remarks`."""


def read_phrases() -> list[Phrase]:
    """Return the phrases of new_phrases.yaml."""
    groups = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    return [
        Phrase(text, intent, group)
        for group, intents in groups.items()
        for intent in ACTIONS
        for text in intents[intent]
    ]


class Pupil:
    """A lamp that is taught through the real learner, and asked as `foreglow anticipate` asks it."""

    def __init__(self, counts: NgramCounts, folder: Path, *, checked: bool = True) -> None:
        """`checked`: try every lesson on the sanity set, which takes most of its time."""
        self.service = Service(lambda: load_brain(Config().decide))
        sanity = load_sanity(BASE_FOLDER) if checked else []
        self.learner = Learner(self.service, Household(counts), sanity, folder)
        self.seconds: list[float] = []
        self._numbers = count(1)

    def taught(self, text: str, intent: Intent, source: Source = "claimed") -> int:
        """Teach one lesson; return its number."""
        number = next(self._numbers)
        begin = time.process_time()
        self.learner.teach(number, tuple(text.split()), intent, source)
        self.seconds.append(time.process_time() - begin)
        return number

    def unlearn(self) -> None:
        """Forget every lesson."""
        for example in self.learner.household.examples():
            self.learner.unteach(example.number)

    def intent(self, text: str) -> Intent:
        """What it does in the end."""
        return answer(self.service.brain.anticipator(), text).intent

    def corrections(self, phrase: str, intent: Intent) -> int:
        """Teach until it obeys; return the lessons that took, PATIENCE + 1 if it never does."""
        for lessons in range(PATIENCE + 1):
            if self.intent(phrase) == intent:
                return lessons
            self.taught(phrase, intent)
        return PATIENCE + 1

    def fires(self, sentences: Sequence[str]) -> set[str]:
        """The sentences at which it switches at any word, taken back or not."""
        anticipator = self.service.brain.anticipator()
        answers = ((text, answer(anticipator, text)) for text in sentences)
        return {text for text, found in answers if found.intent != "none" or found.retracted}


def one_by_one(pupil: Pupil, phrases: Sequence[Phrase], advance: Callable[[], object]) -> list[int]:
    """Return the corrections that each phrase needs when nothing else was taught."""
    needed = []
    for phrase in phrases:
        needed.append(pupil.corrections(phrase.text, phrase.intent))
        pupil.unlearn()
        advance()
    return needed


def together(pupil: Pupil, phrases: Sequence[Phrase]) -> int:
    """Teach all phrases TIMES times; return the lessons that wait for retraining."""
    for _ in range(TIMES):
        for phrase in phrases:
            pupil.taught(phrase.text, phrase.intent)
    return len(pupil.learner.waiting)


def known(pupil: Pupil, phrases: Sequence[Phrase], text: Text, fired: Sequence[set[str]]) -> Known:
    """Return what a lamp that was taught all phrases does with them, their variants and other sentences."""
    after = [pupil.fires(sentences) for sentences in text.groups.values()]
    spoken = [f" {phrase.text} " for phrase in phrases]
    new = {s for now, before in zip(after, fired, strict=True) for s in now - before}
    phrase_itself = {phrase.text for phrase in phrases} & new
    return Known(
        [len(before) for before in fired],
        [len(now) for now in after],
        sum(any(phrase in f" {sentence} " for phrase in spoken) for sentence in new - phrase_itself),
        len(phrase_itself),
        {
            title: sum(pupil.intent(change(p.text)) == p.intent for p in phrases)
            for title, change in VARIANTS.items()
        },
    )


def turned(pupil: Pupil, phrases: Sequence[Phrase], advance: Callable[[], object]) -> list[Turned]:
    """Return how many corrections a changed habit takes after how much use."""
    found = []
    for confirmed in CONFIRMED:
        other: list[int] = []
        nothing: list[int] = []
        for phrase in phrases:
            changes: list[tuple[list[int], Intent]] = [(other, OTHER[phrase.intent]), (nothing, "none")]
            for needed, wanted in changes:
                for _ in range(TIMES):
                    pupil.taught(phrase.text, phrase.intent)
                for _ in range(confirmed):
                    pupil.taught(phrase.text, phrase.intent, "unobjected")
                needed.append(pupil.corrections(phrase.text, wanted))
                pupil.unlearn()
            advance()
        found.append(Turned(confirmed, other, nothing))
    return found


def misheld(
    pupil: Pupil, phrases: Sequence[Phrase], wrong: float, seed: int, advance: Callable[[], object]
) -> Misheld:
    """Use all phrases USES times in one household in which a share of the flips is wrong.

    What is not obeyed is done by hand, or with `wrong` the hand forgets it. What is obeyed is left alone, or with
    `wrong` flipped back.
    """
    random = np.random.default_rng(seed)
    obeyed = np.zeros(USES)
    for use in range(USES):
        for phrase in phrases:
            slips = random.random() < wrong
            if pupil.intent(phrase.text) == phrase.intent:
                obeyed[use] += 1
                meant: Intent = "none" if slips else phrase.intent
                pupil.taught(phrase.text, meant, "objected" if slips else "unobjected")
            elif not slips:
                pupil.taught(phrase.text, phrase.intent)
        advance()
    pupil.unlearn()
    return Misheld(wrong, (obeyed / len(phrases)).tolist())


def peak_bytes() -> int:
    """The most memory this process has had."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.new_phrases", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the data files of model/corpus.py"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("docs/benchmarks"), help="where the page is written (%(default)s)"
    )
    options = parser.parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        page = measure(options.data, options.out)
    except (ModelError, OSError) as error:
        print(f"benchmarks.new_phrases: {error}", file=sys.stderr)
        return 1
    print(f"wrote {page}")
    return 0


def measure(data: Path, out: Path) -> Path:
    """Measure everything and write the page."""
    phrases = read_phrases()
    with TemporaryDirectory() as folder, Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("new phrases", total=len(phrases) * (1 + len(CONFIRMED)) + 6 * USES + 3)

        def advance() -> None:
            progress.advance(task)

        load_brain(Config().decide)  # memory is counted from a lamp that listens
        before = peak_bytes()
        counts = load_ngram_counts(BASE_FOLDER / NGRAMS_FILE)
        pupil = Pupil(counts, Path(folder))
        pupil.intent(phrases[0].text)
        waiting = together(pupil, phrases)
        memory = peak_bytes() - before
        lessons = Lessons(pupil.seconds[1:], pupil.seconds[0], memory, waiting)
        text = read_text(data)
        advance()
        pupil.unlearn()
        fired = [pupil.fires(sentences) for sentences in text.groups.values()]
        needed = one_by_one(pupil, phrases, advance)
        together(pupil, phrases)
        with_counts = known(pupil, phrases, text, fired)
        pupil.unlearn()
        quick = Pupil(counts, Path(folder), checked=False)  # thousands of lessons, none of which would wait
        turns = turned(quick, phrases, advance)
        pieces = {title: pieces_of(quick, sentences, TIMES) for title, sentences in text.groups.items()}
        slips = [misheld(quick, phrases, wrong, seed, advance) for seed in range(3) for wrong in (0.0, WRONG)]
        unseen = Pupil(counts_without(text), Path(folder))
        advance()
        needed_unseen = one_by_one(unseen, phrases, lambda: None)
        together(unseen, phrases)
        without_counts = known(unseen, phrases, text, fired)
        advance()
    groups = [phrase.group for phrase in phrases]
    return write_page(
        *(out, text, groups, (needed, needed_unseen), (with_counts, without_counts)),
        *(lessons, turns, slips, pieces),
    )


if __name__ == "__main__":
    sys.exit(main())
