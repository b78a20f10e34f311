"""Forgetting: utterances are removed so that no file of the state folder holds their words any more."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from runtime.errors import JournalError, UnknownUtteranceError
from runtime.journal.clips import remove_clips, strays
from runtime.journal.journal import Journal
from runtime.journal.retention import set_aside

Also = Callable[[set[int]], str]
"""Removes what another part has learned from these utterances, and says in a few words what that was; an
empty text when it was nothing. It may be called again with the same ones."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forgotten: exactly one of the three."""

    utterance: int | None = None
    """The utterance of this number."""

    before: float | None = None
    """All that was heard and done before this, in seconds since 1970."""

    everything: bool = False
    """All that was ever heard and done."""

    def __post_init__(self) -> None:
        """Raises ValueError unless it is one of the three: nothing is forgotten by mistake."""
        if [self.utterance is not None, self.before is not None, self.everything].count(True) != 1:
            raise ValueError("exactly one of utterance, before and everything must be given")


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What was forgotten, or would be."""

    utterances: int
    """Utterances."""

    labels: int
    """Labels of theirs."""

    light_events: int
    """Times the light was switched."""

    clips: int
    """Clips of sound."""

    files: tuple[str, ...]
    """Names of damaged journals that had been set aside: nobody can tell what is in them, so they go whole."""

    learned: tuple[str, ...]
    """What was removed from what the lamp had learned; not known in a dry run."""

    def as_json(self) -> dict[str, Any]:
        """One JSON object."""
        return asdict(self) | {"files": list(self.files), "learned": list(self.learned)}


def forget(
    journal: Journal, wanted: Wanted, also: Sequence[Also] = (), *, dry_run: bool = False
) -> ForgetReport:
    """Forget; when this returns, it is done and on the disk.

    Rows of the journal go last: if the process is killed before, the same request does all of it again.

    Args:
        also: what other parts have to remove.
        dry_run: touch nothing and only say what would be removed.

    Raises:
        UnknownUtteranceError: there is no utterance of that number.
        JournalError: something cannot be removed.
    """
    journal.flush()
    utterances, clips = _found(journal, wanted)
    if wanted.everything:
        clips |= set(strays(journal.state_folder, (), float("inf")))
    elif wanted.before is not None:
        clips |= set(strays(journal.state_folder, journal.clips(), wanted.before))
    files = set_aside(journal.state_folder)
    learned: list[str] = []
    if not dry_run:
        learned = [told for each in also if (told := each(utterances))]
        remove_clips(journal.state_folder, clips)
        for path in files:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise JournalError(f"{path} cannot be removed: {error.strerror}.") from None
    removed = journal.remove(
        utterances, light_before=wanted.before, everything=wanted.everything, for_good=True, dry_run=dry_run
    )
    return ForgetReport(
        *(removed.utterances, removed.labels, removed.light_events, len(clips)),
        files=tuple(path.name for path in files),
        learned=tuple(learned),
    )


def _found(journal: Journal, wanted: Wanted) -> tuple[set[int], set[str]]:
    """Numbers of the utterances that are meant, and the names of their clips."""
    if wanted.utterance is not None:
        found = journal.utterance(wanted.utterance)
        if found is None:
            raise UnknownUtteranceError(
                f"there is no utterance {wanted.utterance}; `foreglow history` lists them."
            )
        return {wanted.utterance}, {found.audio} if found.audio else set()
    return journal.numbers_and_clips(None if wanted.everything else wanted.before)
