"""What can be asked about the journal, of a running lamp through its socket or of the file directly."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, get_args

from model.intent import INTENTS, Intent
from runtime.errors import JournalError, UnknownUtteranceError
from runtime.journal.forget import Also, Wanted, forget
from runtime.journal.journal import Journal
from runtime.journal.query import Only
from runtime.journal.records import UtteranceRecord

MOST_AT_ONCE = 1000
"""Utterances in one answer; who wants more asks again with `before`."""

_FAR = 1e12
"""Seconds since 1970 beyond which no time lies; NaN is not below it either."""

Handler: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes a request, gives the answer; raises JournalError with the sentence of a refusal."""

Correct: TypeAlias = Callable[[int, Intent | None], str | None]
"""Gives an utterance its corrected label (None takes it away) and teaches it; why that waits for retraining,
or None when it is in service."""


def journal_handlers(journal: Journal, correct: Correct, also: Sequence[Also] = ()) -> dict[str, Handler]:
    """What to answer to the requests `history`, `correct`, `uncorrect` and `forget`.

    Args:
        correct: what gives a label; it raises UnknownUtteranceError.
        also: what else has to forget.
    """
    return {
        "history": lambda request: _history(journal, request),
        "correct": lambda request: _correct(journal, correct, _number(request, "id"), _intent(request)),
        "uncorrect": lambda request: _correct(journal, correct, _number(request, "id"), None),
        "forget": lambda request: forget(
            journal, _wanted(request), also, dry_run=request.get("dry_run") is True
        ).as_json(),
    }


def plain_correct(journal: Journal, now: Callable[[], float]) -> Correct:
    """Gives labels when no lamp is running: the next one to start learns from them."""

    def correct(utterance: int, intent: Intent | None) -> str:
        if intent is None:
            journal.remove_label(utterance)
        else:
            journal.add_label(utterance, intent, "corrected", now())
        return "no lamp is running; the next one to start learns from it"

    return correct


def utterance_json(journal: Journal, utterance: UtteranceRecord) -> dict[str, Any]:
    """One utterance with its label in force, as `foreglow history --json` prints it."""
    assert utterance.id is not None
    label = journal.label(utterance.id)
    return {
        "id": utterance.id,
        "session": utterance.session,
        "wall_time": round(utterance.wall_time, 3),
        "text": " ".join(utterance.words),
        "decided": utterance.decided or "none",
        "word": utterance.decided_word,
        "retracted": utterance.retracted,
        "probabilities": [round(p, 4) for p in utterance.probabilities[-1]]
        if utterance.probabilities
        else None,
        "label": label and label.intent,
        "source": label and label.source,
        "bundle": utterance.bundle,
        "audio": utterance.audio,
    }


def _history(journal: Journal, request: Mapping[str, Any]) -> dict[str, Any]:
    """`before` (a number), `limit` and `only` may be given; newest first."""
    before = None if request.get("before") is None else _number(request, "before")
    limit = min(_number(request, "limit"), MOST_AT_ONCE) if "limit" in request else 50
    only: Only = request.get("only", "all")
    if only not in get_args(Only):
        raise JournalError(f"`only` must be one of {', '.join(get_args(Only))}.")
    return {"utterances": [utterance_json(journal, each) for each in journal.utterances(before, limit, only)]}


def _correct(journal: Journal, correct: Correct, number: int, intent: Intent | None) -> dict[str, Any]:
    utterance = journal.utterance(number)
    if utterance is None:
        raise UnknownUtteranceError(f"there is no utterance {number}; `foreglow history` lists them.")
    before = journal.label(number)
    waits = correct(number, intent)
    text = " ".join(utterance.words)
    return {"id": number, "text": text, "intent": intent, "was": before and before.intent, "waits": waits}


def _wanted(request: Mapping[str, Any]) -> Wanted:
    given = [
        key for key in ("id", "before", "all") if request.get(key) is not None and request[key] is not False
    ]
    if given == ["id"]:
        return Wanted(utterance=_number(request, "id"))
    if given == ["all"] and request["all"] is True:
        return Wanted(everything=True)
    before: Any = request.get("before")
    if given == ["before"] and type(before) in (int, float) and abs(before) < _FAR:
        return Wanted(before=float(before))
    raise JournalError("say what to forget: one id, all before a time, or everything.")


def _number(request: Mapping[str, Any], key: str) -> int:
    value = request.get(key)
    if type(value) is not int or not 0 <= value < 2**63:
        raise JournalError(f"`{key}` must be a whole number.")
    return value


def _intent(request: Mapping[str, Any]) -> Intent:
    intent: Intent = request["intent"] if request.get("intent") in INTENTS else "none"
    if request.get("intent") != intent:
        raise JournalError(f"`intent` must be one of {', '.join(INTENTS)}.")
    return intent
