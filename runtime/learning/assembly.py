"""Putting together what learns, for one state folder: the learner, forgetting, retraining, falling back."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from model.base_model import BASE_FOLDER
from model.household import Household, Words
from model.ngram_counts import NGRAMS_FILE, NgramCounts, load_ngram_counts
from model.sanity import load_sanity
from runtime.config import Config
from runtime.errors import OURS, ForeglowError, RetrainError
from runtime.journal.journal import Journal
from runtime.journal.query import Reader
from runtime.journal.records import LabelledUtterance
from runtime.journal.requests import MOST_AT_ONCE, utterance_json
from runtime.learning.child import Child, retrain_command
from runtime.learning.fall_back import Objections, worse_in_service
from runtime.learning.learner import MOST_SILENT, Learner
from runtime.learning.nightly import Nightly
from runtime.learning.record import lessons_since_retraining, note_in_service, record_retraining
from runtime.learning.retrain import Result, retrain
from runtime.learning.said import said_of
from runtime.learning.teacher import LaterTeacher, Teacher
from runtime.learning.watched import WatchedTeacher
from runtime.learning.workplace import clear_workplace
from runtime.releases.listing import in_service
from runtime.releases.promotion import forget_words, refuse
from runtime.service import Service

_log = logging.getLogger(__name__)

DAY_S: Final = 86_400.0

LOOK_BACK_DAYS: Final = 30.0
"""What came longer before a promotion says little about the household of today."""


def make_learner(config: Config, service: Service, journal: Journal) -> Learner:
    """The learner, with what the journal taught in service. Raises ModelError, JournalError."""
    silent = list(_silent(journal))[::-1] if config.learn.from_zero else []
    return learner_of(config, service, journal.labels(), silent)


def learner_of(
    config: Config, service: Service, labels: Iterable[LabelledUtterance], silent: Iterable[tuple[int, Words]]
) -> Learner:
    """The learner with these lessons in service; silence counts only from zero. Raises ModelError."""
    if config.learn.from_zero:
        nothing = Household(NgramCounts(), doubts=False)
        return Learner(service, nothing, [], config.state_folder, labels, silent)
    counts = load_ngram_counts(BASE_FOLDER / NGRAMS_FILE)
    return Learner(service, Household(counts), load_sanity(BASE_FOLDER), config.state_folder, labels)


def begin_learning(
    config: Config, service: Service, journal: Journal | None
) -> tuple[Learner | None, Teacher]:
    """What `foreglow run` learns with, after what a killed retraining left is put in order.

    Raises ModelError, JournalError.
    """
    learner = None if journal is None else make_learner(config, service, journal)
    try:
        clear_workplace(config.state_folder)
        if journal is not None:
            version = service.brain.bundle.version
            note_in_service(journal, version, time.time(), "in service at the start.")
    except ForeglowError as error:
        _log.warning("%s", error)
    if journal is None or learner is None:
        return None, LaterTeacher()
    return learner, watched(learner, config, service, journal)


def _silent(journal: Reader) -> Iterator[tuple[int, Words]]:
    """Utterances after which neither the lamp nor a person did anything, the newest first."""
    before, found = None, 0
    while found < MOST_SILENT and (page := journal.utterances(before, MOST_AT_ONCE)):
        for utterance in page:
            assert utterance.id is not None
            quiet = utterance.decided in (None, "none") and journal.label(utterance.id) is None
            if quiet and utterance.words:
                yield utterance.id, utterance.words
                found += 1
        before = page[-1].id


def forget_hook(
    config: Config, journal: Journal, service: Service | None = None, learner: Learner | None = None
) -> Callable[[set[int]], str]:
    """What forgets beside the journal: the household's counts, and bundles whose vocabulary tells of what was said.

    A word of a bundle stays if an utterance that is not forgotten taught it too.
    """

    def forget(gone: set[int]) -> str:
        clear_workplace(config.state_folder)
        unlearned = 0 if learner is None else learner.forget(gone)
        words = {word for number in gone if (said := journal.utterance(number)) for word in said.words}
        words -= {word for label in journal.labels() if label.id not in gone for word in label.words}
        dropped = forget_words(config.state_folder, frozenset(words))
        if dropped and service is not None:
            service.reload()
        told = [f"{unlearned} examples of the household's counts"] if unlearned else []
        return ", ".join([*told, *(f"the bundle {version}, which knew their words" for version in dropped)])

    return forget


def retrain_now(
    config: Config, service: Service, journal: Journal, now: Callable[[], float] = time.time
) -> Result:
    """Retrain in this process, write that down, and take up what was promoted. Raises what `retrain` raises."""
    began, said, before = now(), [], None
    while page := journal.utterances(before, MOST_AT_ONCE):
        said += [utterance_json(journal, utterance) for utterance in page]
        before = page[-1].id
    result = retrain(said_of(said), config, lambda _done, _total: None)
    record_retraining(journal, result.as_json(), began, now())
    if result.promoted:
        service.reload()
    return result


def make_nightly(config: Config, path: Path | None, journal: Journal | None) -> Nightly:
    """What retrains by night; never, without a journal or when the configuration fixes the bundle.

    Args:
        config: with the time.
        path: the file it was read from, for the retraining's own process; None for the one in the current folder.
        journal: where the lessons are counted.
    """
    if journal is None or config.decide.bundle is not None:
        return Nightly(None, 0, lambda: 0, lambda: Child(retrain_command(path)))
    learn, kept = config.learn, journal
    return Nightly(
        *(learn.retraining_time, learn.retrain_after, lambda: lessons_since_retraining(kept)),
        lambda: Child(retrain_command(path)),
    )


def watched(
    teacher: Teacher,
    config: Config,
    service: Service,
    journal: Journal,
    now: Callable[[], float] = time.time,
) -> Teacher:
    """The teacher, after whom it is looked whether to fall back; what fails there is said and costs no lesson."""

    def look() -> None:
        try:
            fall_back_if_worse(config, service, journal, now())
        except OURS as error:
            _log.warning("Whether the lamp has become worse cannot be told: %s", error)

    return WatchedTeacher(teacher, look)


def fall_back_if_worse(config: Config, service: Service, journal: Journal, now: float) -> str | None:
    """Go back to the former bundle when people object more often since the last promotion.

    Returns the version that was refused; None when all is well. Raises JournalError, ReleaseError, BundleError.
    """
    promotions = journal.promotions()
    version = service.brain.bundle.version
    if not promotions or promotions[-1].bundle != version or in_service(config.state_folder).name != version:
        return None
    at, labels = promotions[-1].at, list(journal.labels())
    objected = [label.wall_time for label in labels if label.source == "objected"]
    began = max(
        at - LOOK_BACK_DAYS * DAY_S,
        promotions[-2].at if len(promotions) > 1 else -math.inf,
        min((label.wall_time for label in labels), default=at),
    )
    before = Objections(sum(began <= heard < at for heard in objected), (at - began) / DAY_S)
    since = Objections(sum(heard >= at for heard in objected), (now - at) / DAY_S)
    if not worse_in_service(before, since):
        return None
    refuse(
        config.state_folder,
        version,
        f"{since.count} objections in {since.days:.1f} days, {before.count} before",
    )
    note_in_service(journal, service.reload().bundle.version, now, f"{version} was taken out of service.")
    _log.warning("The bundle %s is taken out of service: people object more often than before it.", version)
    return version


def learn_in_script(
    config: Config, service: Service, journal: Journal, now: Callable[[], float]
) -> tuple[Teacher, Callable[[], dict[str, Any]]]:
    """What learns while a script is played, and what its `retrain` lines do.

    A retraining that is not possible is told as one that promoted nothing: the script goes on.
    """

    def retrained() -> dict[str, Any]:
        try:
            return retrain_now(config, service, journal, now).as_json()
        except RetrainError as error:
            return {
                "event": "result",
                "promoted": False,
                "reason": str(error),
                "candidate": {},
                "incumbent": {},
            }

    return watched(make_learner(config, service, journal), config, service, journal, now), retrained
