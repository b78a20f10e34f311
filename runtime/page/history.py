"""History: what was heard and done, found, heard again, and set right."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from model.intent import INTENTS
from runtime.journal.query import Only, Reader
from runtime.journal.reading import read_journal
from runtime.journal.records import UtteranceRecord
from runtime.page.asking import Lamp
from runtime.page.forms import sent_form
from runtime.page.render import render, wants_part
from runtime.page.shown import all_shown

EACH: Final = 20
"""Utterances on one page."""

LONGEST_SEARCH: Final = 100
"""Characters; what comes beyond is not looked for."""

FILTERS: Final[dict[str, str]] = {
    "all": "Everything",
    "doubtful": "Unsure first",
    "false_activations": "False activations",
    "misses": "Misses",
    "decided": "Acted on",
    "labelled": "Labelled",
}
"""What can be chosen, and how it is called."""

_MOST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which utterances are looked for."""

    only: str
    """A key of FILTERS."""

    holding: str
    """Text that they hold; may be empty."""

    beyond: int | None
    """The last one of the page before; None for the first page."""

    def link(self, beyond: int | None = None) -> str:
        """Where to find these, or those that follow a number."""
        given = {"only": self.only if self.only != "all" else "", "q": self.holding, "beyond": beyond}
        query = urlencode({key: value for key, value in given.items() if value})
        return f"/history?{query}" if query else "/history"


def history_routes(lamp: Lamp) -> list[Route]:
    """What this part of the page answers to."""

    def page(request: Request) -> Response:
        wanted = _wanted(request)
        with read_journal(lamp.state_folder) as reader:
            found = [] if reader is None else _find(reader, wanted)
            more = found[EACH - 1].id if len(found) > EACH else None
            utterances = [] if reader is None else all_shown(found[:EACH], reader, lamp.config)
        return render(
            request, "history.html", utterances=utterances, wanted=wanted, filters=FILTERS, more=more,
            back=wanted.link(wanted.beyond),
        )  # fmt: skip

    async def label(request: Request) -> Response:
        form = await sent_form(request)
        number, intent = request.path_params["number"], form.get("intent")
        _check_number(number)
        if intent == "undo":
            wish = {"do": "uncorrect", "id": number}
        elif intent in INTENTS:
            wish = {"do": "correct", "id": number, "intent": intent}
        else:
            raise HTTPException(400, "An utterance can have meant on, off or nothing.")
        answer = await run_in_threadpool(lambda: lamp.ask_or_do(**wish))
        if not wants_part(request):
            return RedirectResponse(f"{_way_back(form.get('back', ''))}#u{number}", 303)
        return await run_in_threadpool(
            _part, request, lamp, number, form.get("back", ""), answer.get("waits")
        )

    def sound(request: Request) -> Response:
        from runtime.journal.clips import clip_path

        number = request.path_params["number"]
        _check_number(number)
        with read_journal(lamp.state_folder) as reader:
            utterance = None if reader is None else reader.utterance(number)
        name = None if utterance is None else utterance.audio
        path = clip_path(lamp.state_folder, name) if name is not None and Path(name).name == name else None
        if path is None:
            raise HTTPException(404, "The sound of this utterance is not kept any more.")
        return FileResponse(path, media_type="audio/flac", headers={"cache-control": "no-store"})

    return [
        Route("/history", page),
        Route("/utterance/{number:int}/label", label, methods=["POST"]),
        Route("/utterance/{number:int}/sound", sound),
    ]


def _find(reader: Reader, wanted: Wanted) -> list[UtteranceRecord]:
    """One more than a page shows, so that it is known whether there are more."""
    if wanted.only == "doubtful":
        return reader.doubtful(wanted.beyond, EACH + 1, wanted.holding)
    only: Only = wanted.only  # type: ignore[assignment]  # `_wanted` takes no other
    return reader.utterances(wanted.beyond, EACH + 1, only, wanted.holding)


def _wanted(request: Request) -> Wanted:
    query = request.query_params
    only, beyond = query.get("only", "all"), query.get("beyond", "")
    number = int(beyond) if beyond.isascii() and beyond.isdecimal() and len(beyond) < 19 else None
    return Wanted(only if only in FILTERS else "all", query.get("q", "").strip()[:LONGEST_SEARCH], number)


def _part(request: Request, lamp: Lamp, number: int, back: str, waits: str | None) -> Response:
    """The utterance as it is now, to take its place in an open page."""
    with read_journal(lamp.state_folder) as reader:
        utterance = None if reader is None else reader.utterance(number)
        if reader is None or utterance is None:
            raise HTTPException(404, "This utterance was forgotten meanwhile.")
        (one,) = all_shown([utterance], reader, lamp.config)
    return render(request, "utterance.html", utterance=one, back=_way_back(back), waits=waits)


def _way_back(path: str) -> str:
    """The part of the page from which a form was sent: never another site."""
    return path if path == "/" or path.startswith(("/history?", "/history#")) else "/history"


def _check_number(number: int) -> None:
    if number > _MOST_NUMBER:
        raise HTTPException(404, "There is no such utterance.")
