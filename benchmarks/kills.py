"""Killing a lamp in the midst of writing, learning, retraining and promotion, and looking at what is left.

A process hears, is taught, and retrains as fast as it can, and tells each thing that it promises to keep; it is killed
at a random moment. What follows is what `foreglow run` does when it starts, and every promise is held against it.
"""

import json
import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from itertools import count, cycle
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from model.examples import Utterance
from runtime.anticipate import answer
from runtime.config import Config
from runtime.config.learning import LearnConfig
from runtime.journal.file import FILE_NAME
from runtime.journal.journal import Journal
from runtime.journal.records import UtteranceRecord
from runtime.learning.assembly import begin_learning, retrain_now
from runtime.learning.workplace import FOLDER
from runtime.lesson import Source
from runtime.releases.promotion import tidy
from runtime.service import load_service

LIFE_S: Final = 0.5
"""Seconds after its first promise within which a process is killed."""

FRESH_EACH: Final = 25
"""After so many kills another state folder is begun, so that a process starts quickly."""

SAID: Final = (
    ("lumos", "light_on", "claimed"),
    ("nox", "light_off", "claimed"),
    ("turn on the radio", "none", "corrected"),
    ("it is gloomy in here", "light_on", "objected"),
    ("what a day", "none", "objected"),
)
"""What is said to it, what that means, and how it is known."""

SANITY: Final = (
    Utterance(("turn", "on", "the", "light"), "light_on"),
    Utterance(("good", "morning"), "none"),
)
"""A few instead of five hundred phrases, so that there are many retrainings."""

A_DAY: Final = (0.5, 0.02, 0.01)
"""False activations allowed a day, one after the other, so that each retraining has another candidate."""


@dataclass
class Found:
    """What was found after the kills."""

    kills: int = 0
    """Processes killed."""

    promised: int = 0
    """Labels that a process said were kept."""

    promotions: int = 0
    """Promotions that it said were made."""

    amid_retraining: int = 0
    """Kills that left something in the folder where candidates are written."""

    unwritten: int = 0
    """Promotions that were made, but not in the journal yet."""

    broken: list[str] = field(default_factory=list)
    """Promises that were not kept; must stay empty."""

    def sentence(self) -> str:
        """All of it."""
        told = [
            f"{getattr(self, f.name):,} {f.name.replace('_', ' ')}"
            for f in fields(self)
            if f.name != "broken"
        ]
        return f"{', '.join(told)}; broken: {'; '.join(self.broken) or 'nothing'}."


def kill_often(folder: Path, kills: Iterable[object], seed: int) -> Found:
    """Kill one process for each item, and look each time."""
    found, chance, promised = Found(), random.Random(seed), dict[int, str]()
    for number, _ in enumerate(kills):
        state = folder / str(number // FRESH_EACH)
        if number % FRESH_EACH == 0:
            promised = {}
        told = list(_lived(state, chance.uniform(0, LIFE_S), number))
        promised |= {promise["label"]: promise["intent"] for promise in told if "label" in promise}
        versions = [promise["version"] for promise in told if "version" in promise]
        found.kills += 1
        found.promised = found.promised + sum("label" in promise for promise in told)
        found.promotions += len(versions)
        _look(state, promised, versions, found)
    return found


def _lived(state: Path, life_s: float, seed: int) -> Iterator[dict[str, Any]]:
    """Let a process live for a while and kill it; gives what it promised."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            _live(state, lambda promise: os.write(writing, json.dumps(promise).encode() + b"\n"), seed)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as promises:
        first = promises.readline()
        time.sleep(life_s)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if status != signal.SIGKILL:
            raise RuntimeError(f"the process ended by itself with status {status}")
        for line in (first, *promises):
            if line.endswith(b"\n"):
                yield json.loads(line)


def _live(state: Path, promise: Any, seed: int) -> None:
    """Hear, learn and retrain for ever."""
    with _quick(), ExitStack() as stack:
        config = _config(state)
        journal = stack.enter_context(Journal.open(state))
        tidy(state)
        service = load_service(config, print)
        _, teacher = begin_learning(config, service, journal)
        session = journal.begin_session()
        a_day = cycle(A_DAY[seed % len(A_DAY) :] + A_DAY)
        for step in count():
            text, intent, source = SAID[step % len(SAID)]
            utterance = journal.add_utterance(_heard(text, session))
            _label(journal, utterance, intent, source)
            promise({"label": utterance, "intent": intent})
            teacher.teach(utterance, tuple(text.split()), intent, source)  # type: ignore[arg-type]
            if step % 4 == 3:
                learn = config.learn.model_copy(update={"false_activations_a_day": next(a_day)})
                result = retrain_now(config.model_copy(update={"learn": learn}), service, journal)
                if result.promoted:
                    promise({"version": result.version})


def _label(journal: Journal, utterance: int, intent: str, source: str) -> None:
    how: Source = source  # type: ignore[assignment]
    journal.add_label(utterance, intent, how, time.time())  # type: ignore[arg-type]


def _heard(text: str, session: int) -> UtteranceRecord:
    words = tuple(text.split())
    at = 1.8e9 + 86_400 * (time.time() % 86_400)  # a second is a day, so that there is a rate of speech
    trace = ((0.01, 0.01, 0.98),) * len(words)
    return UtteranceRecord(
        None, session, 0.0, 1.0, at, words, (), "base", trace, None, None, None, False, None
    )


@contextmanager
def _quick() -> Iterator[None]:
    """Few phrases to try, no training packages, and no word of what is refused: only the files are looked at."""
    with (
        patch("runtime.learning.retrain.load_sanity", lambda _: SANITY),
        patch("runtime.learning.assembly.load_sanity", lambda _: SANITY),
        patch("runtime.learning.retrain.can_train", lambda: False),
    ):
        yield


def _config(state: Path) -> Config:
    return Config().model_copy(update={"state_dir": state, "learn": LearnConfig(keep_bundles=3)})


def _look(state: Path, promised: dict[int, str], versions: list[str], found: Found) -> None:
    """Start as a lamp does, and hold every promise against what is there."""
    broken = found.broken
    config = _config(state)
    found.amid_retraining += any((state / FOLDER).iterdir()) if (state / FOLDER).is_dir() else 0
    with Journal.open(state) as journal, _quick():
        if journal.set_aside is not None:
            broken.append("the journal was damaged")
        kept = {label.id: label.intent for label in journal.labels()}
        broken += [
            f"label {number} lost" for number, intent in promised.items() if kept.get(number) != intent
        ]
        tidy(state)
        service = load_service(config, lambda why: broken.append(f"a bundle in service did not load: {why}"))
        version = service.brain.bundle.version
        noted = [promotion.bundle for promotion in journal.promotions()]
        broken += [f"promotion {each} is not in the journal" for each in versions if each not in noted]
        found.unwritten += bool(noted) and noted[-1] != version
        learner, _ = begin_learning(config, service, journal)
        assert learner is not None
        if len(learner.household) + len(learner.waiting) < len(kept):
            broken.append("a lesson is neither in service nor waiting")
        after = journal.promotions()
        if after and after[-1].bundle != version:
            broken.append("the journal does not know what is in service")
        if any((state / FOLDER).iterdir()) if (state / FOLDER).is_dir() else False:
            broken.append("a candidate was left behind")
        if answer(service.brain.anticipator(), "turn on the light").intent != "light_on":
            broken.append("the lamp does not understand")
    with sqlite3.connect(state / FILE_NAME) as database:
        (sound,) = database.execute("PRAGMA integrity_check").fetchone()
    database.close()
    if sound != "ok":
        broken.append(f"the journal's file is unsound: {sound}")
