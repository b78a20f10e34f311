"""Cross-validated figures: `python -m model.evaluate --data FOLDER`.

Every labelled request is judged by a model that saw neither it nor a near-duplicate of it. The thresholds of
each model come from requests held out of its training, never from the fold it is judged on. Talk is judged by
meetings that no model saw.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from model.calibrate import Calibration, Trace, with_temperature
from model.corpus import Corpus, Mixture, pool, read_corpus, training_utterances
from model.errors import ModelError
from model.examples import Utterance, split
from model.folds import fold_numbers
from model.intent import ACTIONS, INTENTS, Intent
from model.language_model import LanguageModel
from model.reliability import expected_calibration_error, reliability
from model.training import Recipe, calibrate, hear, train
from model.vocabulary import Vocabulary

TALK_WORDS_AN_HOUR = 10_000
"""What an hour of conversation holds."""

HELD_OUT_SHARE = 0.2
"""Share of the training requests kept back for calibration."""


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
        """Return whether what fired is still likelier than none at the end; else the lamp takes it back."""
        fired = self.fired()
        if fired is None:
            return False
        end = self.trace[-1]
        return bool(end[INTENTS.index(fired[1])] > end[INTENTS.index("none")])


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


def judge(
    model: LanguageModel, vocabulary: Vocabulary, calibration: Calibration, said: Sequence[Utterance]
) -> list[Judged]:
    """Let a calibrated model hear utterances."""
    return [Judged(u, hear(model, vocabulary, u.words), calibration) for u in said]


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


def cross_validate(
    corpus: Corpus, recipe: Recipe, mixture: Mixture, folds: int, seed: int, progress: Progress
) -> tuple[list[Judged], list[Judged]]:
    """Return every labelled request, and every utterance of held-out talk, judged by a model that did not see it."""
    meetings = sorted(corpus.talk)
    held_meetings = set(np.random.default_rng(seed).permutation(meetings)[: len(meetings) // 4])
    talk = [u for meeting in meetings if meeting not in held_meetings for u in corpus.talk[meeting]]
    held_talk = [u for meeting in sorted(held_meetings) for u in corpus.talk[meeting]]
    numbers = fold_numbers(corpus.real, folds, seed)
    requests: list[Judged] = []
    overheard: list[Judged] = []
    for fold in range(folds):
        task = progress.add_task(f"fold {fold + 1} of {folds}", total=None)
        test = [u for u, number in zip(corpus.real, numbers, strict=True) if number == fold]
        real = [u for u, number in zip(corpus.real, numbers, strict=True) if number != fold]
        model, vocabulary, calibration = calibrated(
            real, corpus.requests, talk, recipe, mixture, seed + fold, progress, task
        )
        requests += judge(model, vocabulary, calibration, test)
        # Each fold's model hears its own share of the held-out talk, so all of it is heard once.
        overheard += judge(model, vocabulary, calibration, held_talk[fold::folds])
    return requests, overheard


def calibrated(
    real: list[Utterance],
    requests: list[Utterance],
    talk: list[Utterance],
    recipe: Recipe,
    mixture: Mixture,
    seed: int,
    progress: Progress,
    task: TaskID,
) -> tuple[LanguageModel, Vocabulary, Calibration]:
    """Train on most of the given text and calibrate on the rest, then train on all of it.

    Temperature and thresholds are those of the first model, which had seen less: the second can keep them, and
    no command is lost to calibration, of which there are few.
    """

    def show(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)

    real_part, real_held = split(real, HELD_OUT_SHARE, seed)
    request_part, request_held = split(requests, HELD_OUT_SHARE, seed)
    talk_part, talk_held = split(talk, HELD_OUT_SHARE, seed)
    first, vocabulary = train(
        training_utterances(mixture, seed, real_part, request_part, talk_part),
        recipe,
        show,
        pool(request_part, talk_part),
    )
    _, calibration = calibrate(first, vocabulary, real_held + request_held, talk_held, recipe.budget)
    text = training_utterances(mixture, seed, real, requests, talk)
    model, vocabulary = train(text, recipe, show, pool(requests, talk))
    return with_temperature(model, calibration.temperature), vocabulary, calibration


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
    parser.add_argument("--explicit", action="store_true", help="leave out fine-tuning: counts only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if arguments.folds < 2:
        parser.error("--folds must be at least 2")
    recipe = Recipe(tuning=None) if arguments.explicit else Recipe()
    console = Console(stderr=True)
    try:
        corpus = read_corpus(arguments.data)
        with Progress(console=console) as progress:
            judged = cross_validate(corpus, recipe, Mixture(), arguments.folds, arguments.seed, progress)
    except ModelError as error:
        print(f"model.evaluate: {error}", file=sys.stderr)
        return 1
    result = figures(*judged)
    if arguments.json:
        print(json.dumps(asdict(result)))
    else:
        report(result, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
