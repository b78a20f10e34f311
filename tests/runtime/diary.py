"""Made-up entries for a journal."""

from dataclasses import replace
from pathlib import Path

from runtime.journal.journal import Journal
from runtime.journal.records import LightEvent, UtteranceRecord

DAY_S = 86_400.0


def heard(text: str, session: int = 1, wall_time: float = 1_000.0, **more: object) -> UtteranceRecord:
    """An utterance of these words on which the lamp did nothing, unless `more` says otherwise."""
    plain = UtteranceRecord(
        id=None,
        session=session,
        began_s=1.0,
        ended_s=2.5,
        wall_time=wall_time,
        words=tuple(text.split()),
        partials=(),
        bundle="base",
        probabilities=((0.125, 0.0, 0.875),) * len(text.split()),
        decided=None,
        decided_word=None,
        decided_s=None,
        retracted=False,
        audio=None,
    )
    return replace(plain, **more)


def switched(on: bool, session: int = 1, wall_time: float = 1_000.0, **more: object) -> LightEvent:
    """A person's flip, unless `more` says otherwise."""
    plain = LightEvent(None, session, at_s=3.0, wall_time=wall_time, on=on, who="switch", utterance=None)
    return replace(plain, **more)


def texts(journal: Journal) -> list[str]:
    """What is in the journal, the newest first."""
    return [" ".join(utterance.words) for utterance in journal.utterances(limit=1000)]


def files_with(folder: Path, needle: bytes) -> list[str]:
    """Names of the files, anywhere below, that hold these bytes."""
    return [path.name for path in sorted(folder.rglob("*")) if path.is_file() and needle in path.read_bytes()]
