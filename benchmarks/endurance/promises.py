"""What the lamp promised to keep, and what is missing from its journal."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.endurance.supervised import Supervised
from runtime.journal.file import FILE_NAME

SOON_S: Final = 1.0
"""Seconds within which what was heard is on the disk: what a power cut may take (docs/journal.md)."""


@dataclass
class Promises:
    """Everything that was promised so far."""

    labels: dict[int, str] = field(default_factory=dict)
    """Utterance to the intent that the lamp confirmed."""

    taken: list[tuple[int, float]] = field(default_factory=list)
    """Process and steady time of each kill: what that process told within SOON_S of it was not promised."""

    unkept: set[int] = field(default_factory=set)
    """Processes that said that they keep nothing."""

    reported: set[str] = field(default_factory=set)
    """What is known to be missing."""

    def missing(self, lamp: Supervised, state: Path, now_s: float) -> list[str]:
        """What should be there and is not, and was not reported before, as sentences."""
        with closing(sqlite3.connect(f"file:{state / FILE_NAME}?mode=ro", uri=True, timeout=10)) as journal:
            kept = Counter(words for (words,) in journal.execute("SELECT words FROM utterances"))
            labels = dict(journal.execute("SELECT utterance, intent FROM labels_in_force").fetchall())
            (sound,) = journal.execute("PRAGMA integrity_check").fetchone()
        lost = [f"the label of utterance {n}" for n, intent in self.labels.items() if labels.get(n) != intent]
        for words, count in (self.heard(lamp, now_s) - kept).items():
            lost.append(f"“{words}”, {count} times")
        if sound != "ok":
            lost.append(f"a sound journal: {sound}")
        return [each for each in lost if each not in self.reported]

    def heard(self, lamp: Supervised, now_s: float) -> Counter[str]:
        """What was heard to its end, long enough ago and before every kill."""
        until_s = dict.fromkeys({each.pid for each in lamp.told}, now_s) | dict(self.taken)
        return Counter(
            each.event["text"]
            for each in tuple(lamp.told)
            if each.event["event"] == "heard"
            and each.event["final"]
            and each.event["text"]
            and each.pid not in self.unkept
            and each.at_s < until_s[each.pid] - SOON_S
        )
