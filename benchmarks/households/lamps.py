"""Lamps that live in simulated households: ours, the same without learning, and one of logistic regression."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import patch

from benchmarks.households.logistic import Background, LogisticTeacher
from runtime.config import Config, LearnConfig
from runtime.errors import RetrainError
from runtime.journal.journal import Journal
from runtime.learning.assembly import fall_back_if_worse, make_learner, retrain_now
from runtime.learning.teacher import LaterTeacher, Teacher
from runtime.service import Service, load_service

BEGIN: Final = 1_800_000_000.0
"""Seconds since 1970 at midnight of the first day, or near it."""

NIGHTS: Final = 3
"""Days between two retrainings of ours, each of which takes a third of a second here."""

LAMPS: Final = {
    "learning": "Foreglow",
    "fixed": "the same without learning",
    "logistic": "logistic regression, refitted every night",
}


@dataclass
class LampInHousehold:
    """What reads, what learns, and what is done at night."""

    service: Service
    """Reads words."""

    teacher: Teacher
    """Learns at once, or remembers for the night."""

    journal: Journal | None
    """None for a lamp that learns nothing."""

    retrain: Callable[[float], None]
    """Done at night; it is given the time."""

    nights: int = 1
    """Days from one such night to the next."""


@contextmanager
def lamp_of(name: str, background: Background | None, *, torch: bool = False) -> Iterator[LampInHousehold]:
    """A lamp of LAMPS, or `zero`, as it comes out of the box.

    Args:
        background: for logistic regression.
        torch: let the network be retrained too; otherwise the night changes thresholds and evidence.
    """
    with TemporaryDirectory(prefix="foreglow-household-") as folder:
        learn = LearnConfig(from_zero=name == "zero")
        config = Config().model_copy(update={"state_dir": Path(folder), "learn": learn})
        service = load_service(config, print)
        if name == "fixed":
            yield LampInHousehold(service, LaterTeacher(), None, lambda _: None)
            return
        now = [BEGIN]
        with Journal.open(Path(folder), now=lambda: now[0]) as journal:
            if name == "logistic":
                assert background is not None
                teacher = LogisticTeacher(service, background)
                yield LampInHousehold(service, teacher, journal, lambda _: teacher.refit())
                return

            def retrain(time: float) -> None:
                now[0] = time
                with patch("runtime.learning.retrain.can_train", return_value=torch):
                    try:
                        retrain_now(config, service, journal, lambda: now[0])
                    except RetrainError:
                        return  # nothing to learn from yet
                fall_back_if_worse(config, service, journal, time)

            yield LampInHousehold(service, make_learner(config, service, journal), journal, retrain, NIGHTS)
