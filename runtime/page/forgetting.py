"""Forgetting: first it is told what would go, then it is asked, then it is gone."""

from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.journal.lines import forget_lines
from runtime.page.asking import Lamp
from runtime.page.forms import sent_form
from runtime.page.render import render


def forget_routes(lamp: Lamp) -> list[Route]:
    """What this part of the page answers to."""

    def ask(request: Request) -> Response:
        """Touches nothing."""
        given = dict(request.query_params)
        if not any(given.get(key) for key in ("id", "before", "all")):
            return render(request, "forget.html", given=None, lines=[], what="")
        wish, what = _wish(given)
        report = lamp.ask_or_do(do="forget", dry_run=True, **wish)
        lines = forget_lines(report, dry_run=True)
        return render(request, "forget.html", given=given, lines=lines, what=what)

    async def forget(request: Request) -> Response:
        form = await sent_form(request)
        wish, what = _wish(dict(form))
        report = await run_in_threadpool(lambda: lamp.ask_or_do(do="forget", **wish))
        return render(request, "forgotten.html", lines=forget_lines(report, dry_run=False), what=what)

    return [Route("/forget", ask), Route("/forget", forget, methods=["POST"])]


def _wish(given: dict[str, str]) -> tuple[dict[str, Any], str]:
    """What is to be forgotten: for the lamp, and in words. Raises HTTPException 400."""
    chosen = [key for key in ("id", "before", "all") if given.get(key)]
    if chosen == ["id"] and given["id"].isascii() and given["id"].isdecimal() and len(given["id"]) < 19:
        return {"id": int(given["id"])}, f"utterance {int(given['id'])}"
    if chosen == ["all"] and given["all"] == "1":
        return {"all": True}, "everything that was ever heard and done"
    if chosen == ["before"]:
        try:
            day = datetime.strptime(given["before"], "%Y-%m-%d")
            return {"before": day.timestamp()}, f"everything before {day.day} {day:%B %Y}"
        except (ValueError, OverflowError):
            raise HTTPException(400, "A day is written like 2026-03-01.") from None
    raise HTTPException(400, "Say what to forget: one utterance, all before a day, or everything.")
