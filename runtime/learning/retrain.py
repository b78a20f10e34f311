"""Retraining: from what the journal taught to a better bundle, if it is better.

With the training packages the network itself is retrained; without them only its thresholds follow how much is said
near this lamp. Either way the candidate is tried against the bundle in service on utterances it was not trained
with, and on the sanity set; the household's own counts (model/household.py) stand beside both.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from export.bundle import Bundle, write_bundle, write_recalibrated
from model.base_model import BASE_FOLDER, BaseModel, load_base
from model.examples import Utterance
from model.household import Example, Household
from model.intent import ACTIONS, Intent
from model.ngram_counts import NGRAMS_FILE, NgramCounts, load_ngram_counts
from model.sanity import load_sanity
from runtime.brain import Brain, load_brain
from runtime.config import Config
from runtime.errors import RetrainError
from runtime.learning.learner import MOST_SILENT, SILENCE, STRENGTH
from runtime.learning.taught import TaughtModel
from runtime.learning.trial import Outcome, objection, try_out
from runtime.lesson import Source
from runtime.releases.listing import in_service
from runtime.releases.promotion import promote

HELD_OUT_EACH: Final = 5
"""Every fifth lesson is kept from training, to try the candidate on."""

LEAST_FROM_ZERO: Final = 10
"""Lessons for each intent, at least, to train a model from nothing."""

SECONDS_A_DAY: Final = 86_400.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance of the journal, with what is known of its meaning."""

    number: int
    """Its number in the journal."""

    words: tuple[str, ...]
    """What was heard; at least one word."""

    wall_time: float
    """When, in seconds since 1970."""

    intent: Intent | None
    """The label in force; None where nobody touched the switch."""

    source: Source | None
    """How the label is known."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a retraining."""

    promoted: bool
    """Whether the candidate is in service now."""

    reason: str
    """Why, or why not; no words that were heard."""

    candidate: Outcome
    """What the candidate did with what neither was trained on."""

    incumbent: Outcome
    """What the bundle in service did with the same."""

    version: str | None
    """Of the candidate's bundle, if it was promoted."""

    def as_json(self) -> dict[str, Any]:
        """The result line of `foreglow retrain --json`."""
        return {
            "event": "result",
            "promoted": self.promoted,
            "reason": self.reason,
            "candidate": self.candidate.as_json(),
            "incumbent": self.incumbent.as_json(),
            "version": self.version,
        }


def retrain(
    said: Sequence[Said],
    config: Config,
    progress: Progress,
    *,
    from_zero: bool = False,
    dry_run: bool = False,
) -> Result:
    """Make a candidate, try it, and promote it if it is no worse.

    Args:
        said: the journal, oldest first.
        config: whose state folder and bundle are meant.
        progress: called with steps done and steps in all.
        from_zero: begin with nothing but what the household said.
        dry_run: say what would happen, and promote nothing.

    Raises:
        RetrainError: there is nothing to learn from, or the bundle in service is fixed by the configuration.
        BundleError, ModelError, ReleaseError: a file cannot be read or written.
    """
    if config.decide.bundle is not None:
        raise RetrainError(
            f"decide.bundle fixes the bundle in service, {config.decide.bundle}; take that key out of the "
            "configuration before retraining."
        )
    lessons = [each for each in said if each.intent is not None]
    if not lessons:
        raise RetrainError("there is nothing to learn from yet: no utterance has a label.")
    training, held_out = _parts(said)
    counts = NgramCounts() if from_zero else load_ngram_counts(BASE_FOLDER / NGRAMS_FILE)
    incumbent = load_brain(config.decide, in_service(config.state_folder))
    tests = [*_utterances(held_out), *([] if from_zero else load_sanity(BASE_FOLDER))]
    with TemporaryDirectory(prefix="foreglow-") as folder:
        candidate = _candidate(
            Path(folder) / "candidate",
            incumbent.bundle,
            training,
            said,
            config,
            progress,
            from_zero=from_zero,
        )
        if candidate is None:
            outcome = try_out(_taught(incumbent, training, counts), tests)
            return Result(False, UNCHANGED, outcome, outcome, None)
        brains = (load_brain(config.decide, candidate.folder), incumbent)
        tried, served = (try_out(_taught(brain, training, counts), tests) for brain in brains)
        why_not = objection(tried, served)
        if why_not or dry_run:
            reason = f"not promoted: {why_not}." if why_not else "a dry run: it would be promoted."
            return Result(False, reason, tried, served, None)
        figures = {"candidate": tried.as_json(), "incumbent": served.as_json(), "lessons": len(lessons)}
        version = promote(config.state_folder, candidate.folder, figures, keep=config.learn.keep_bundles)
    return Result(True, "promoted: on what neither was trained on it is no worse.", tried, served, version)


UNCHANGED: Final = (
    "nothing to change: the thresholds fit how much is said here, and the network can only be retrained with the "
    "training packages (pip install 'foreglow[train]'). What was learned at once stays in service."
)


def _candidate(
    folder: Path,
    served: Bundle,
    training: Sequence[Said],
    said: Sequence[Said],
    config: Config,
    progress: Progress,
    *,
    from_zero: bool,
) -> Bundle | None:
    """Write the candidate; None when it would be the bundle in service over again."""
    household = _utterances(training)
    if from_zero:
        for intent in ACTIONS:
            if sum(u.intent == intent for u in household) < LEAST_FROM_ZERO:
                raise RetrainError(
                    f"a model from zero needs at least {LEAST_FROM_ZERO} lessons for {intent}; use the switch a "
                    "while longer."
                )
        _need_training_packages()
        from model.retrain import from_nothing

        model, vocabulary, calibration = from_nothing(household, progress=progress)
        fixed = (calibration.thresholds, calibration.final_thresholds)
        return write_bundle(
            folder, model, vocabulary, *fixed, {}, sentences=[u.words for u in household[:200]]
        )
    base = load_base(BASE_FOLDER)
    thresholds, final_thresholds = thresholds_for(base, said, config.learn.false_activations_a_day)
    if not can_train():
        if (thresholds, final_thresholds) == (dict(served.thresholds), dict(served.final_thresholds)):
            return None
        return write_recalibrated(folder, served, thresholds, final_thresholds, served.metrics)
    from model.retrain import retrained

    model, vocabulary = retrained(base, household, progress=progress)
    sentences = [u.words for u in household[:200]]
    return write_bundle(
        folder, model, vocabulary, thresholds, final_thresholds, {}, base.curve, sentences=sentences
    )


def thresholds_for(
    base: BaseModel, said: Sequence[Said], a_day: float
) -> tuple[dict[Intent, float], dict[Intent, float]]:
    """Thresholds for partials and finals that keep to so many false activations a day, given how much is said.

    The base model's curve tells for each share of utterances that fires what thresholds keep to it. With less than
    a day of speech, or no curve, they stay as they are.
    """
    asked_nothing = [each for each in said if each.intent in (None, "none")]
    days = (said[-1].wall_time - said[0].wall_time) / SECONDS_A_DAY if said else 0.0
    if days < 1 or not asked_nothing or not base.curve:
        return dict(base.thresholds), dict(base.final_thresholds)
    allowed = a_day / (len(asked_nothing) / days)
    points = [point for point in base.curve if 0 < point["budget"] <= allowed] or [
        min((p for p in base.curve if p["budget"] > 0), key=lambda p: p["budget"], default=base.curve[0])
    ]
    point = max(points, key=lambda p: p["budget"])
    return (
        {intent: point[intent] for intent in ACTIONS},
        {intent: point[f"final_{intent}"] for intent in ACTIONS},
    )


def can_train() -> bool:
    """Whether the training packages are there; finding out loads none of them."""
    return all(importlib.util.find_spec(name) for name in ("torch", "onnx", "hassil"))


def _need_training_packages() -> None:
    if not can_train():
        raise RetrainError("a model from zero needs the training packages: pip install 'foreglow[train]'.")


def _parts(said: Sequence[Said]) -> tuple[list[Said], list[Said]]:
    """What is trained on, and what is held out: every fifth lesson, and of what met with silence every fifth too."""
    silent = [each for each in said if each.intent is None][-MOST_SILENT:]
    training: list[Said] = []
    held_out: list[Said] = []
    for group in ([each for each in said if each.intent is not None], silent):
        for place, each in enumerate(group):
            (held_out if place % HELD_OUT_EACH == HELD_OUT_EACH - 1 else training).append(each)
    return training, held_out


def _utterances(said: Sequence[Said]) -> list[Utterance]:
    return [
        Utterance(each.words, each.intent or "none", STRENGTH[each.source] if each.source else SILENCE)
        for each in said
    ]


def _taught(brain: Brain, training: Sequence[Said], counts: NgramCounts) -> Brain:
    household = Household(counts)
    for each in training:
        if each.intent is not None and each.source is not None:
            household.teach(Example(each.number, each.words, each.intent, STRENGTH[each.source]))
    return replace(brain, session=TaughtModel(brain.session, household))


def said_of(answers: Sequence[Mapping[str, Any]]) -> list[Said]:
    """The utterances of `history` answers (runtime/journal/requests.py), oldest first; those without words left out."""
    found = [
        Said(each["id"], tuple(each["text"].split()), each["wall_time"], each["label"], each["source"])
        for each in answers
        if each["text"]
    ]
    return sorted(found, key=lambda each: each.number)
