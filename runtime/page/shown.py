"""An utterance of the journal as the page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from model.intent import Intent
from runtime.config import Config
from runtime.journal.query import Reader
from runtime.journal.records import UtteranceRecord
from runtime.page.plot import plot
from runtime.page.thresholds import thresholds_of
from runtime.page.words import DEEDS, SOURCES, day_name


@dataclass(frozen=True, slots=True)
class Shown:
    """What a template needs of one utterance."""

    id: int
    """Its number."""

    day: str
    """`Today`, or another day."""

    time: str
    """Hours and minutes."""

    iso: str
    """The same for programs."""

    before: str
    """The words up to the one after which it was decided; all, when nothing was."""

    after: str
    """The words beyond."""

    decided: bool
    """Whether the lamp acted."""

    deed: str
    """What the lamp did and when, in words."""

    label: Intent | None
    """What it is known to have meant."""

    source: str
    """How that is known, in words; empty without a label."""

    wrong: bool
    """Whether the lamp did not do what was meant."""

    plot: Markup
    """The picture of probabilities."""

    has_sound: bool
    """Whether its sound may be there."""


def shown(utterance: UtteranceRecord, reader: Reader, config: Config, now: datetime) -> Shown:
    """The utterance with its label. Raises JournalError."""
    assert utterance.id is not None
    label = reader.label(utterance.id)
    when = datetime.fromtimestamp(utterance.wall_time)
    acted = utterance.decided in ("light_on", "light_off")
    cut = utterance.decided_word if acted and utterance.decided_word else len(utterance.words)
    did = utterance.decided if acted and not utterance.retracted else "none"
    picture = plot(
        utterance.words,
        utterance.probabilities,
        utterance.decided_word if acted else None,
        thresholds_of(config, utterance.bundle),
    )
    return Shown(
        id=utterance.id,
        day=day_name(when, now),
        time=f"{when:%H:%M}",
        iso=when.astimezone().isoformat(timespec="seconds"),
        before=" ".join(utterance.words[:cut]),
        after=" ".join(utterance.words[cut:]),
        decided=acted,
        deed=_deed(utterance) if acted else DEEDS["none"],
        label=None if label is None else label.intent,
        source=SOURCES[label.source] if label else "",
        wrong=label is not None and label.intent != did,
        plot=picture,
        has_sound=utterance.audio is not None,
    )


def all_shown(utterances: Sequence[UtteranceRecord], reader: Reader, config: Config) -> list[Shown]:
    """The same of several."""
    now = datetime.now()
    return [shown(utterance, reader, config, now) for utterance in utterances]


def _deed(utterance: UtteranceRecord) -> str:
    parts = [DEEDS[utterance.decided]]
    if utterance.decided_word is not None:
        parts[0] += f" after word {utterance.decided_word} of {len(utterance.words)}"
    if utterance.decided_s is not None and (early_s := utterance.ended_s - utterance.decided_s) >= 0.05:
        parts.append(f"{early_s:.1f} s before the end")
    if utterance.retracted:
        parts.append("taken back at the end")
    return ", ".join(parts)
