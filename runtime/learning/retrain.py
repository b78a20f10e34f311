"""Retraining: from what the journal taught to a better bundle, if it is better.

With the training packages, words that are new get a place of their own in the model; without them only in its
evidence of n-grams. Thresholds follow how much is said near this lamp. Either way the candidate is tried against the
bundle in service on utterances it was not trained with, and on the sanity set; the household's own counts
(model/household.py) stand beside both.
"""

import importlib.util
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from export.bundle import BASE_BUNDLE, Bundle, load_bundle, write_bundle, write_recalibrated
from model.base_model import BASE_FOLDER, load_base
from model.evidence import Evidence
from model.examples import Utterance
from model.household import Household
from model.intent import ACTIONS
from model.ngram_counts import NGRAMS_FILE, NgramCounts, load_ngram_counts
from model.retrain import from_nothing, retrained, with_words_beside
from model.sanity import load_sanity
from model.vocabulary import Vocabulary
from runtime.brain import Brain, load_brain
from runtime.config import Config
from runtime.errors import RetrainError
from runtime.learning.budget import allowed_a_day
from runtime.learning.said import Said, parts, without_slips, words_gone
from runtime.learning.speech_rate import Thresholds, thresholds_for
from runtime.learning.taught import TaughtModel
from runtime.learning.trial import Outcome, objection, try_out
from runtime.learning.workplace import workplace
from runtime.releases.promotion import forget_words, promote
from runtime.service import brain_in_service

LEAST_FROM_ZERO: Final = 10
"""Lessons for each intent, at least, to train a model from nothing."""

PARITY_SENTENCES: Final = 200
"""Utterances on which a bundle must agree with its model."""

Progress = Callable[[int, int], None]

_log = logging.getLogger(__name__)


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
    """What the bundle in service did with the same; with the candidate's thresholds, where those follow from how
    much is said and are stricter."""

    version: str | None
    """Of the candidate's bundle, if it was promoted."""

    replaced: str
    """Version of the bundle that was in service."""

    def as_json(self) -> dict[str, Any]:
        """The result line of `foreglow retrain --json`."""
        return {
            "event": "result",
            "promoted": self.promoted,
            "reason": self.reason,
            "candidate": self.candidate.as_json(),
            "incumbent": self.incumbent.as_json(),
            "version": self.version,
            "replaced": self.replaced,
        }


def retrain(
    said: Sequence[Said],
    config: Config,
    progress: Progress,
    *,
    from_zero: bool = False,
    dry_run: bool = False,
    said_now: Callable[[], Sequence[Said]] | None = None,
) -> Result:
    """Make a candidate, try it, and promote it if it is no worse.

    Args:
        said: the journal, oldest first.
        config: whose state folder and bundle are meant.
        progress: called with steps done and steps in all.
        from_zero: begin with nothing but what the household said; `learn.from_zero` says so too.
        dry_run: say what would happen, and promote nothing.
        said_now: reads the journal again; what was forgotten meanwhile must not stay in a bundle. None when nobody
            can have forgotten anything.

    Raises:
        RetrainError: there is nothing to learn from, or the bundle in service is fixed by the configuration.
        BundleError, ModelError, ReleaseError: a file cannot be read or written.
    """
    if config.decide.bundle is not None:
        raise RetrainError(
            f"decide.bundle fixes the bundle in service, {config.decide.bundle}; take that key out of the "
            "configuration before retraining."
        )
    lessons = sum(each.intent is not None for each in said)
    if not lessons:
        raise RetrainError("there is nothing to learn from yet: no utterance has a label.")
    from_zero = from_zero or config.learn.from_zero
    training, held_out = parts(said)
    tests = [*(each.utterance for each in held_out), *([] if from_zero else load_sanity(BASE_FOLDER))]
    incumbent = brain_in_service(config, _log.warning)
    replaced = incumbent.bundle.version
    taught = _teacher(training, config)
    with workplace(config.state_folder) as folder:
        if from_zero:
            candidates = _from_zero(folder, training, progress)
        else:
            believed = without_slips(training, said)
            candidates = _from_base(folder, incumbent.bundle, believed, said, config, progress)
        result: Result | None = None
        for candidate in candidates:
            if candidate.version == replaced:
                break
            brain = load_brain(config.decide, candidate.folder)
            opponent = incumbent if from_zero else _held_to(incumbent, brain)
            tried, served = (try_out(taught(each), tests) for each in (brain, opponent))
            why_not = objection(tried, served)
            reason = f"not promoted: {why_not}." if why_not else "a dry run: it would be promoted."
            result = Result(False, reason, tried, served, None, replaced)
            if why_not:
                continue
            if dry_run:
                return result
            figures = {"candidate": tried.as_json(), "incumbent": served.as_json(), "lessons": lessons}
            version = promote(config.state_folder, candidate.folder, figures, keep=config.learn.keep_bundles)
            if said_now is not None:
                gone = words_gone(training, said_now())
                if version in forget_words(config.state_folder, gone):
                    return replace(result, reason=FORGOTTEN)
            return replace(result, promoted=True, reason=BETTER, version=version)
    if result is None:
        outcome = try_out(taught(incumbent), tests)
        return Result(False, NO_NEW_WORD, outcome, outcome, None, replaced)
    return result


BETTER: Final = "promoted: on what neither was trained on it is no worse."

FORGOTTEN: Final = "not promoted: some of what it was trained on has been forgotten meanwhile."

NO_NEW_WORD: Final = (
    "nothing to change: no word is new, and the thresholds fit how much is said here. What was learned at once "
    "stays in service."
)


def _from_base(
    folder: Path,
    served: Bundle,
    training: Sequence[Said],
    said: Sequence[Said],
    config: Config,
    progress: Progress,
) -> Iterator[Bundle]:
    """Write the candidates, the preferred one first: with thresholds for how much is said, and none looser than now."""
    base = load_base(BASE_FOLDER)
    wanted = thresholds_for(base, said, allowed_a_day(config))
    options = [wanted]
    careful = wanted.stricter(Thresholds(served.thresholds, served.final_thresholds))
    if careful != wanted:
        options.append(careful)
    household = [each.utterance for each in training]
    model, vocabulary = base.model, base.vocabulary
    like = load_bundle(BASE_BUNDLE)
    taught: tuple[Evidence, Vocabulary] | None = None
    if can_train():
        model, vocabulary = retrained(base, household, progress=progress)
    elif served.curve:
        if served.graph != like.graph:
            like = served  # has a network of its own, made where there was torch
        taught = _beside(like, household)
    else:
        return  # made from zero: the base model's curve says nothing of it
    for number, thresholds in enumerate(options):
        place = folder / str(number)
        if vocabulary is base.vocabulary:
            yield write_recalibrated(place, like, thresholds.partial, thresholds.final, like.metrics, taught)
        else:
            sentences = [utterance.words for utterance in household[:PARITY_SENTENCES]]
            both = thresholds.partial, thresholds.final
            yield write_bundle(place, model, vocabulary, *both, {}, base.curve, sentences)


def _beside(like: Bundle, household: Sequence[Utterance]) -> tuple[Evidence, Vocabulary] | None:
    """Return evidence and vocabulary with the household's new words beside the network; None without any."""
    phrases = [u.words for u in load_sanity(BASE_FOLDER) if u.intent == "none" and len(u.words) > 1]
    evidence, vocabulary = with_words_beside(like.evidence, like.vocabulary, household, phrases)
    return (evidence, vocabulary) if vocabulary.beside else None


def _from_zero(folder: Path, training: Sequence[Said], progress: Progress) -> Iterator[Bundle]:
    """Write the one candidate that knows nothing but what the household said."""
    household = [each.utterance for each in training]
    for intent in ACTIONS:
        if sum(utterance.intent == intent for utterance in household) < LEAST_FROM_ZERO:
            raise RetrainError(
                f"a model from zero needs at least {LEAST_FROM_ZERO} lessons for {intent} (of five, one is kept to "
                "try it on); use the switch a while longer."
            )
    if not can_train():
        raise RetrainError("a model from zero needs the training packages: pip install 'foreglow[train]'.")
    model, vocabulary, calibration = from_nothing(household, progress=progress)
    sentences = [utterance.words for utterance in household[:PARITY_SENTENCES]]
    both = calibration.thresholds, calibration.final_thresholds
    yield write_bundle(folder / "0", model, vocabulary, *both, {}, sentences=sentences)


def can_train() -> bool:
    """Whether the training packages are there; finding out loads none of them."""
    return all(importlib.util.find_spec(name) for name in ("torch", "onnx", "hassil"))


def _held_to(incumbent: Brain, candidate: Brain) -> Brain:
    """The brain in service, where the candidate is stricter as strict: what that misses is asked for, by
    `learn.false_activations_a_day`, and no fault of the candidate's."""
    now, then = (
        Thresholds(brain.policy.thresholds, brain.policy.final_thresholds) for brain in (incumbent, candidate)
    )
    held = now.stricter(then)
    return replace(
        incumbent, policy=replace(incumbent.policy, thresholds=held.partial, final_thresholds=held.final)
    )


def _teacher(training: Sequence[Said], config: Config) -> Callable[[Brain], Brain]:
    """What teaches a brain what it will have learned at once, as runtime/learning/learner.py does."""
    zero = config.learn.from_zero
    counts = NgramCounts() if zero else load_ngram_counts(BASE_FOLDER / NGRAMS_FILE)
    household = Household(counts, doubts=not zero)
    for each in training:
        if each.intent is not None or zero:  # silence teaches only beside no base model
            household.teach(each.example)
    return lambda brain: replace(brain, session=TaughtModel(brain.session, household))
