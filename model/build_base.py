"""Builds the base model: `python -m model.build_base --data FOLDER`.

Cross-validates the recipe first, so that the model card tells figures of this very code and every fold says how to
calibrate; then trains on all of the text. Writes model/base: weights.npz, model.json, ngrams.npz, sanity.jsonl and
MODEL_CARD.md. Without --data only the phrases of the project are used, and nothing is cross-validated.

Descents keep their state in build/fine_tune until all is done: a run that was stopped carries on.
"""

import argparse
import shutil
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from model.base_model import BASE_FOLDER, BaseModel, save_base
from model.buried_fit import BuriedRecipe, fit_buried
from model.calibrate import Calibration
from model.card import CARD_FILE, model_card
from model.corpus import Corpus, Mixture, phrase_utterances, pool, read_corpus, training_utterances
from model.curve import Point, budget_curve
from model.errors import ModelError
from model.evaluate import Figures, calibration, cross_validate, figures, judged, shown
from model.examples import split
from model.ngram_counts import NGRAMS_FILE, count_ngrams, save_ngram_counts
from model.recipe import Recipe
from model.sanity import choose_sanity, save_sanity
from model.training import calibrate, train

SEED = 0
FOLDS = 5

CHECKPOINTS = Path("build/fine_tune")

DESCENT_SEED = 1
"""Of the descents of the model that is shipped; docs/model.md tells how little hangs on it."""

RECIPE = Recipe().seeded(DESCENT_SEED)
"""Of what is shipped; each fold of the cross-validation has a seed of its own instead."""


def build(corpus: Corpus, calibration: Calibration, progress: Progress) -> tuple[BaseModel, float]:
    """Train on all of the corpus; return the base model without figures and the seconds it took."""
    began = time.perf_counter()
    talk = [u for meeting in sorted(corpus.talk) for u in corpus.talk[meeting]]
    real = [*corpus.real, *corpus.labelled]
    text = training_utterances(Mixture(), SEED, real, corpus.requests, talk)
    others = pool(corpus.requests, talk)
    model, vocabulary = train(text, RECIPE, shown(progress, "base model"), others, CHECKPOINTS)
    buried = fit_buried(text, talk, others, vocabulary, BuriedRecipe(), SEED)
    buried = buried.aligned(max(calibration.thresholds.values()))
    model = replace(model.calibrated(calibration), buried=buried)
    base = BaseModel(model, vocabulary, calibration.thresholds, calibration.final_thresholds, {})
    return base, time.perf_counter() - began


def build_from_phrases(progress: Progress) -> BaseModel:
    """Train and calibrate on the project's own phrases alone."""
    rest, held_out = split(phrase_utterances(Mixture(), SEED), 0.2, SEED)
    model, vocabulary = train(rest, RECIPE, shown(progress, "phrases"), checkpoints=CHECKPOINTS)
    model, calibration = calibrate(model, vocabulary, held_out, [], RECIPE.budget)
    return BaseModel(model, vocabulary, calibration.thresholds, calibration.final_thresholds, {})


def write_companions(corpus: Corpus | None, folder: Path) -> None:
    """Write what learning from the switch needs beside the model: n-gram counts and the sanity set."""
    said = phrase_utterances(Mixture(), SEED)
    if corpus is not None:
        said += [*corpus.real, *corpus.labelled, *corpus.requests]
        said += (u for talk in corpus.talk.values() for u in talk)
    save_ngram_counts(count_ngrams(u.words for u in said), folder / NGRAMS_FILE)
    save_sanity(choose_sanity(), folder)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m model.build_base", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the data files of model/corpus.py")
    parser.add_argument("--out", type=Path, default=BASE_FOLDER, help="where to write (default: model/base)")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    result: Figures | None = None
    curve: list[Point] = []
    corpus: Corpus | None = None
    try:
        if arguments.data is None:
            console.print("No --data: training on the project's own phrases only; expect a weaker model.")
            with Progress(console=console) as progress:
                base, seconds = build_from_phrases(progress), None
        else:
            corpus = read_corpus(arguments.data)
            with Progress(console=console) as progress:
                heard = cross_validate(corpus, RECIPE, Mixture(), FOLDS, SEED, progress, CHECKPOINTS)
                requests, talk = judged(heard, RECIPE.budget)
                result, curve = figures(requests, talk), budget_curve(requests, talk)
                base, seconds = build(corpus, calibration(heard, RECIPE.budget), progress)
        metrics = {} if result is None else asdict(result)
        base = replace(base, metrics=metrics, curve=curve)
        save_base(base, arguments.out)
        write_companions(corpus, arguments.out)
        (arguments.out / CARD_FILE).write_text(model_card(base, RECIPE, result, seconds), encoding="utf-8")
    except (ModelError, OSError) as error:
        print(f"model.build_base: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("model.build_base: stopped; the same command carries on.", file=sys.stderr)
        return 130
    shutil.rmtree(CHECKPOINTS, ignore_errors=True)
    console.print(f"Wrote {arguments.out}. Next: python -m export.base, which makes the bundle from it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
