"""Writing down how a retraining went and which bundle is in service: by the lamp that runs, or by the command line."""

import logging
import math
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from export.bundle import BASE_BUNDLE, BLANK_BUNDLE, load_bundle
from runtime.errors import JournalError
from runtime.journal.journal import Journal
from runtime.journal.query import Reader
from runtime.journal.records import Promotion, Retraining

if TYPE_CHECKING:
    from runtime.service import Service

_log = logging.getLogger(__name__)

LONGEST_REASON: Final = 1_000
"""Characters of a reason."""

_VERSION: Final = re.compile(r"[0-9a-f]{12}")

Handler = Callable[[dict[str, Any]], dict[str, Any]]


def record_retraining(journal: Journal, result: Mapping[str, Any], began: float, ended: float) -> None:
    """Write a retraining, and the promotion if it came to one, into the journal.

    Args:
        journal: of the state folder in which it was done.
        result: the result line of `foreglow retrain --json`.
        began: in seconds since 1970.
        ended: likewise.

    Raises:
        JournalError: it is no such line, or cannot be written.
    """
    _check(result, began, ended)
    promoted, reason, version = result["promoted"], result["reason"], result["version"]
    figures = result["candidate"], result["incumbent"]
    if version is not None:
        journal.add_promotion(Promotion(ended, version, result["replaced"], reason))
    journal.add_retraining(Retraining(began, ended, *figures, promoted, reason, version))
    journal.flush()


def note_in_service(journal: Journal, version: str, at: float, reason: str) -> None:
    """Write down that another bundle is in service than the one noted last, if it is. Raises JournalError.

    After a promotion that nobody lived to write down, after going back, and after a bundle was refused.
    """
    noted = journal.promotions()
    out_of_the_box = [load_bundle(BASE_BUNDLE).version, load_bundle(BLANK_BUNDLE).version]
    if version not in ([noted[-1].bundle] if noted else out_of_the_box):
        replaced = noted[-1].bundle if noted else out_of_the_box[0]
        journal.add_promotion(Promotion(at, version, replaced, reason))


def retraining_handlers(
    journal: Journal | None, service: "Service", now: Callable[[], float] = time.time
) -> dict[str, Handler]:
    """What a running lamp answers to `reload` and `retrained` (docs/releases.md)."""

    def reload(request: dict[str, Any]) -> dict[str, Any]:
        answer = service.answer_reload(request)
        if journal is not None:
            note_in_service(journal, answer["bundle"], now(), "taken up on request.")
        return answer

    def retrained(request: dict[str, Any]) -> dict[str, Any]:
        if journal is None:
            raise JournalError("this lamp keeps no journal.")
        told: Any = request.get("result")
        result: dict[str, Any] = told if isinstance(told, dict) else {}
        began: Any = request.get("began")
        ended: Any = request.get("ended")
        record_retraining(journal, result, began, ended)
        _log.info("Retrained: %s", result["reason"])
        version = service.reload().bundle.version if result["promoted"] else service.brain.bundle.version
        return {"bundle": version}

    return {"reload": reload, "retrained": retrained}


def lessons_since_retraining(journal: Reader) -> int:
    """How many labels were given since the last retraining began; all of them before the first. Raises JournalError."""
    retrainings = journal.retrainings()
    return journal.count("labels", since=retrainings[-1].began if retrainings else -math.inf)


def _check(result: Mapping[str, Any], *times: Any) -> None:
    """Raises JournalError unless this is what a retraining tells; what a socket brings may be anything."""
    figures = [result.get(name) for name in ("candidate", "incumbent")]
    versions = [result.get(name) for name in ("version", "replaced")]
    sound = (
        all(type(time) in (int, float) and 0 <= time < 1e12 for time in times)
        and isinstance(result.get("promoted"), bool)
        and isinstance(result.get("reason"), str)
        and len(result["reason"]) <= LONGEST_REASON
        and all(
            isinstance(each, dict) and all(type(figure) is int for figure in each.values())
            for each in figures
        )
        and all(each is None or (isinstance(each, str) and _VERSION.fullmatch(each)) for each in versions)
        and versions[1] is not None
        and result["promoted"] == (versions[0] is not None)
    )
    if not sound:
        raise JournalError("that is not what a retraining tells; see docs/releases.md.")
