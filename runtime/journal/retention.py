"""How long the journal keeps what was heard and done: by age, by size, lessons last."""

import math
from dataclasses import dataclass
from pathlib import Path

from runtime.config.learning import KeepConfig, PrivacyConfig
from runtime.errors import JournalError
from runtime.journal.clips import remove_clips, strays, trim_clips
from runtime.journal.file import SET_ASIDE
from runtime.journal.journal import Journal

_DAY_S = 86_400
_AT_ONCE = 500
"""Utterances removed in one transaction, so that a label never waits long for its turn."""
_STRAY_S = 3600
"""A clip is written before its utterance; after so long, that utterance was lost in a power cut."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was too old or too much."""

    utterances: int
    """Utterances removed, with their labels."""

    light_events: int
    """Light events removed."""

    clips: int
    """Clips removed."""


def prune(journal: Journal, keep: KeepConfig, privacy: PrivacyConfig, now: float) -> Pruned:
    """Remove what the configuration does not want kept any longer; to be called at the start and once a day.

    Utterances with a person's label do not age: they are what the lamp was taught. They go when the journal
    is too large and nothing else is left to remove.

    Args:
        now: seconds since 1970.

    Raises JournalError.
    """
    oldest_kept = now - keep.days * _DAY_S
    clips_before = journal.clips()
    removed = journal.remove(light_before=oldest_kept)
    utterances, light_events = 0, removed.light_events
    while too_old := journal.oldest(_AT_ONCE, of_persons=False, before=oldest_kept):
        removed = journal.remove(too_old)
        utterances += removed.utterances
        light_events += removed.light_events
    while (excess := journal.size_bytes() - keep.megabytes * 1_000_000) > 0:
        each_bytes = journal.size_bytes() / max(journal.count("utterances"), 1)
        wanted = min(math.ceil(excess / each_bytes), _AT_ONCE)
        too_much = journal.oldest(wanted, of_persons=False) or journal.oldest(wanted, of_persons=True)
        if not too_much:
            break
        removed = journal.remove(too_much)
        utterances += removed.utterances
        light_events += removed.light_events
    folder, known = journal.state_folder, journal.clips()
    lost = strays(folder, known, now - _STRAY_S)
    clips = remove_clips(folder, {*(clips_before - known), *lost}) + trim_clips(
        folder, privacy.audio_megabytes
    )
    _remove_set_aside(folder, oldest_kept)
    return Pruned(utterances, light_events, clips)


def set_aside(state_folder: Path) -> list[Path]:
    """Damaged journals that were set aside, with the files that belong to them."""
    return sorted(state_folder.glob(f"{SET_ASIDE}*"))


def _remove_set_aside(state_folder: Path, before: float) -> None:
    for path in set_aside(state_folder):
        try:
            if path.stat().st_ctime < before:  # renaming sets it, so this is when it was set aside
                path.unlink(missing_ok=True)
        except OSError as error:
            raise JournalError(f"{path} cannot be removed: {error.strerror}.") from None
