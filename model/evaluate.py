"""Cross-validated figures: `python -m model.evaluate --data FOLDER`.

Every labelled request is judged by a model that saw neither it nor a near-duplicate of it in any text. Calibration and
thresholds come from the other folds, never from the one that is judged with them. Talk is judged by meetings that no
model saw.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from model.buried import Buried, surer
from model.buried_fit import BuriedRecipe, fit_buried
from model.calibrate import Calibration, Trace, calibration_of, corrected
from model.corpus import Corpus, Mixture, read_corpus
from model.errors import ModelError
from model.examples import Utterance
from model.fold_text import fold_text, training_seed
from model.intent import ACTIONS, Intent, stands
from model.recipe import EvidenceRecipe, Recipe
from model.reliability import expected_calibration_error, reliability
from model.training import hear, train
from model.vocabulary import END, Vocabulary

TALK_WORDS_AN_HOUR = 10_000
"""What an hour of conversation holds."""


@dataclass(frozen=True)
class Judged:
    """What a model made of one utterance, word by word and at its end."""

    utterance: Utterance
    """What was said, with its right label."""

    trace: Trace
    """P(lamp) after every word and after the end."""

    calibration: Calibration
    """Of the model that judged it."""

    def fired(self) -> tuple[int, Intent] | None:
        """Return the first word, from 1, at which an intent reaches its threshold, and that intent.

        The end of the utterance has thresholds of its own and counts as the last word. The rules of
        runtime/decision.py without what only sound has: repeated hypotheses, revisions, refractory time.
        """
        words = len(self.utterance.words)
        partial = _reached(self.trace[:words], self.calibration.thresholds)
        return partial or _reached(self.trace[words:], self.calibration.final_thresholds, words)

    def stands(self) -> bool:
        """Return whether what fired still stands at the end, or the lamp takes it back, sure that it was none."""
        fired = self.fired()
        return fired is not None and stands(fired[1], self.trace[-1])


def _reached(trace: Trace, thresholds: Mapping[Intent, float], word: int = 1) -> tuple[int, Intent] | None:
    """Return the number of the first row that reaches a threshold, counted from `word`, and the intent."""
    actions = trace[:, : len(ACTIONS)]
    reached = actions >= np.array([thresholds[intent] for intent in ACTIONS])
    rows = np.flatnonzero(reached.any(axis=1))
    if not len(rows):
        return None
    best = int(np.where(reached[rows[0]], actions[rows[0]], 0).argmax())
    return int(rows[0]) + word, ACTIONS[best]


@dataclass(frozen=True)
class Figures:
    """How well a model anticipates, over the labelled requests of all folds and over held-out talk."""

    commands: int
    """Utterances that ask for light or dark."""

    recall: float
    """Share of them decided rightly, word by word, and not taken back at the end."""

    wrong_intent: int
    """Commands decided as the opposite."""

    taken_back: int
    """Commands decided rightly and then wrongly taken back at the end."""

    before_last_word: float
    """Share of all commands decided rightly, and for good, before their last word."""

    words_saved: float
    """Mean number of words still to come when a command was rightly decided."""

    others: int
    """Requests that ask for neither."""

    false_activations: int
    """How many of them fired at any word, whether or not it was taken back at the end."""

    talk_hours: float
    """Hours of held-out talk, 10,000 words each."""

    talk_false_activations: int
    """How many of its utterances fired at any word."""

    talk_stood: int
    """How many of those were not taken back at the end."""

    calibration_error: float
    """Expected calibration error over every prefix of the labelled requests."""


def figures(requests: Sequence[Judged], talk: Sequence[Judged]) -> Figures:
    """Return the figures of judged requests and talk."""
    commands = [j for j in requests if j.utterance.intent != "none"]
    others = [j for j in requests if j.utterance.intent == "none"]
    outcomes = [(j, j.fired()) for j in commands]
    right = [(j, fired[0]) for j, fired in outcomes if fired and fired[1] == j.utterance.intent]
    saved = [len(j.utterance.words) - word for j, word in right if j.stands()]
    overheard = [j for j in talk if j.fired() is not None]
    return Figures(
        commands=len(commands),
        recall=len(saved) / len(commands),
        wrong_intent=sum(fired is not None for _, fired in outcomes) - len(right),
        taken_back=len(right) - len(saved),
        before_last_word=sum(s > 0 for s in saved) / len(commands),
        words_saved=statistics.fmean(saved or [0]),
        others=len(others),
        false_activations=sum(j.fired() is not None for j in others),
        talk_hours=sum(len(j.utterance.words) for j in talk) / TALK_WORDS_AN_HOUR,
        talk_false_activations=len(overheard),
        talk_stood=sum(j.stands() for j in overheard),
        calibration_error=expected_calibration_error(
            reliability([j.trace for j in requests], [j.utterance.intent for j in requests])
        ),
    )


@dataclass(frozen=True)
class Heard:
    """What the model of one fold made of text that it did not see; not calibrated yet."""

    requests: list[tuple[Utterance, Trace]]
    """The labelled requests of the fold."""

    talk: list[tuple[Utterance, Trace]]
    """Its share of the held-out meetings."""

    buried: Buried
    """What the model reads the last words of long talk with; no trace holds its readings yet."""

    vocabulary: Vocabulary
    """The model's."""

    def calibrated(self, utterance: Utterance, trace: Trace, calibration: Calibration) -> Trace:
        """Return the trace that the calibrated model would have given, readings of its last words included."""
        ids = np.array([self.vocabulary.ids((*utterance.words, END))], np.int32)
        buried = self.buried.aligned(max(calibration.thresholds.values()))
        return surer(corrected(trace, calibration), buried.read_all(ids, ids[0, -1])[0])


def cross_validate(
    corpus: Corpus,
    recipe: Recipe,
    mixture: Mixture,
    folds: int,
    seed: int,
    progress: Progress,
    checkpoints: Path | None = None,
) -> list[Heard]:
    """Let every labelled request, and every utterance of held-out talk, be heard by a model that did not see it.

    Each training keeps its state in the folder `checkpoints`, if there is one.

    Raises:
        ModelError: there is too little to hold a part of it out.
    """
    heard = []
    for fold in range(folds):
        show = shown(progress, f"fold {fold + 1} of {folds}")
        text = fold_text(corpus, mixture, folds, seed, fold)
        chance = training_seed(folds, seed, fold)
        model, vocabulary = train(text.training, recipe.seeded(chance), show, text.pool, checkpoints)
        buried = fit_buried(text.training, text.talk, text.pool, vocabulary, BuriedRecipe(), chance)
        requests, overheard = (
            [(u, hear(model, vocabulary, u.words)) for u in said] for said in (text.requests, text.overheard)
        )
        heard.append(Heard(requests, overheard, buried, vocabulary))
    return heard


def shown(progress: Progress, what: str) -> Callable[[int, int], None]:
    """Return what trainings call with steps done and steps in all, shown as a bar."""
    task = progress.add_task(what, total=None)
    return lambda done, total: progress.update(task, completed=done, total=total)


def calibration(heard: Sequence[Heard], budget: float) -> Calibration:
    """Return the calibration that several folds agree on."""
    requests = [pair for fold in heard for pair in fold.requests]
    talk = [trace for fold in heard for _, trace in fold.talk]
    return calibration_of([t for _, t in requests], [u.intent for u, _ in requests], talk, budget)


def judged(heard: Sequence[Heard], budget: float) -> tuple[list[Judged], list[Judged]]:
    """Return requests and talk, those of each fold judged with the calibration of the other folds."""
    requests: list[Judged] = []
    talk: list[Judged] = []
    for fold in heard:
        others = calibration([other for other in heard if other is not fold], budget)
        for pairs, into in ((fold.requests, requests), (fold.talk, talk)):
            into += [Judged(u, fold.calibrated(u, trace, others), others) for u, trace in pairs]
    return requests, talk


def report(result: Figures, console: Console) -> None:
    """Print the figures for a person."""
    table = Table(show_header=False, box=None)
    rows = [
        ("light commands decided rightly, word by word", f"{result.recall:.1%} of {result.commands}"),
        ("  decided as the opposite", f"{result.wrong_intent}"),
        ("  decided rightly, then taken back", f"{result.taken_back}"),
        ("  decided before their last word", f"{result.before_last_word:.1%}"),
        ("  words still to come when decided", f"{result.words_saved:.2f}"),
        ("other requests that fired", f"{result.false_activations} of {result.others}"),
        (
            "false activations in overheard talk",
            f"{result.talk_false_activations} in {result.talk_hours:.1f} h",
        ),
        ("expected calibration error", f"{result.calibration_error:.2%}"),
    ]
    for row in rows:
        table.add_row(*row)
    console.print(table)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the data files of model/corpus.py"
    )
    parser.add_argument("--folds", type=int, default=5, help="number of folds (default: 5)")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of folds, samples and training (default: 0)"
    )
    parser.add_argument(
        "--explicit", action="store_true", help="counts only: no descent of network or evidence"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if arguments.folds < 2:
        parser.error("--folds must be at least 2")
    explicit = Recipe(tuning=None, evidence=EvidenceRecipe(iterations=0))
    recipe = explicit if arguments.explicit else Recipe()
    console = Console(stderr=True)
    try:
        corpus = read_corpus(arguments.data)
        with Progress(console=console) as progress:
            heard = cross_validate(corpus, recipe, Mixture(), arguments.folds, arguments.seed, progress)
    except ModelError as error:
        print(f"model.evaluate: {error}", file=sys.stderr)
        return 1
    result = figures(*judged(heard, recipe.budget))
    if arguments.json:
        print(json.dumps(asdict(result)))
    else:
        report(result, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
