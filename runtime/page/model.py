"""Model: the bundles and what changed, retraining and its progress, going back, the budget of false activations."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from export.bundle import BASE_BUNDLE, load_bundle
from runtime.journal.reading import read_journal
from runtime.learning.budget import LEAST, MOST, allow_a_day, allowed_a_day
from runtime.learning.hindsight import Hindsight, look_back
from runtime.learning.on_demand import OnDemand, Progress
from runtime.learning.record import lessons_since_retraining
from runtime.page.asking import Lamp
from runtime.page.bundles import all_bundles, retrainings_shown, trials_of
from runtime.page.forms import sent_form
from runtime.page.hub import Hub
from runtime.page.render import render, wants_part
from runtime.releases.exchange import find, go_back, put_into_service
from runtime.releases.listing import in_service

LOOK_S: Final = 0.3
"""Seconds between two looks at how far a retraining is."""

MOST_FOLLOW: Final = 100
"""Browsers that may follow a retraining at once."""


def model_routes(lamp: Lamp, hub: Hub, retraining: OnDemand) -> list[Route]:
    """What this part of the page answers to."""
    following: set[object] = set()

    def page(request: Request) -> Response:
        template = "model_part.html" if wants_part(request) else "model.html"
        looked = request.query_params.get("look") == "1"  # takes longest, so a script asks for it later
        shown = _shown(lamp, retraining) | {"looked": looked}
        return render(request, template, **(shown | (_looked(lamp) if looked else {})))

    def look_part(request: Request) -> Response:
        return render(request, "look.html", **_looked(lamp))

    async def retrain(request: Request) -> Response:
        form = await sent_form(request)
        dry_run = form.get("dry_run") == "1"
        await run_in_threadpool(lambda: retraining.begin(dry_run=dry_run))
        return _done(request, "retrain")

    async def events(_: Request) -> Response:
        if len(following) >= MOST_FOLLOW:
            raise HTTPException(503, "Too many are looking at the lamp. Try again later.")

        async def tell() -> AsyncIterator[bytes]:
            me, told = object(), None
            following.add(me)
            try:
                while not hub.closed:
                    now = retraining.progress
                    if now != told:
                        told = now
                        yield b"data: " + json.dumps(_told(now)).encode() + b"\n\n"
                    if not now.running:
                        return
                    await asyncio.sleep(LOOK_S)
            finally:
                following.discard(me)

        return StreamingResponse(tell(), media_type="text/event-stream")

    async def budget(request: Request) -> Response:
        number = _number((await sent_form(request)).get("a_day", ""))
        await run_in_threadpool(allow_a_day, lamp.config, number)
        return _done(request, "budget")

    def ask(request: Request) -> Response:
        """Which bundle would be in service, before anything is done."""
        version = request.query_params.get("to", "")
        release = find(lamp.config, version)
        if release is None or release.standing == "in service":
            raise HTTPException(404, "There is no such bundle to be put into service.")
        (chosen,) = [each for each in all_bundles(lamp.config) if each.version == version]
        return render(request, "exchange.html", bundle=chosen)

    async def exchange(request: Request) -> Response:
        version = (await sent_form(request)).get("to", "")
        done = await run_in_threadpool(_exchange, lamp, version)
        return render(request, "exchanged.html", sentence=done)

    return [
        Route("/model", page),
        Route("/model/look", look_part),
        Route("/model/events", events),
        Route("/model/retrain", retrain, methods=["POST"]),
        Route("/model/budget", budget, methods=["POST"]),
        Route("/model/exchange", ask),
        Route("/model/exchange", exchange, methods=["POST"]),
    ]


def _exchange(lamp: Lamp, version: str) -> str:
    """Back over promotions where the way back leads there, else promoted again; what is in service then."""
    (steps,) = [each.steps for each in all_bundles(lamp.config) if each.version == version] or [None]
    done = put_into_service(lamp.config, version) if steps is None else go_back(lamp.config, steps)
    return done.sentence()


def _shown(lamp: Lamp, retraining: OnDemand) -> dict[str, Any]:
    with read_journal(lamp.state_folder) as reader:
        since = 0 if reader is None else lessons_since_retraining(reader)
        past = [] if reader is None else retrainings_shown(reader)
    return {
        "bundles": all_bundles(lamp.config),
        "since": since,
        "past": past,
        "progress": (progress := retraining.progress),
        "result_rows": trials_of(progress.result),
        "fixed": lamp.config.decide.bundle is not None,
        "allowed": allowed_a_day(lamp.config),
        "least": LEAST,
        "most": MOST,
    }


def _looked(lamp: Lamp) -> dict[str, Any]:
    decide = lamp.config.decide
    with read_journal(lamp.state_folder) as reader:
        base, serving = load_bundle(BASE_BUNDLE), load_bundle(in_service(lamp.state_folder, decide.bundle))
        look = None if reader is None else look_back(reader, decide, base, serving, time.time())
    settings = [] if look is None else look.distinct
    allowed = allowed_a_day(lamp.config)
    return {
        "look": look,
        "settings": settings,
        "chosen": next((each for each in reversed(settings) if each.from_a_day <= allowed), None),
        "why_no_budget": _why_no_budget(lamp, look),
    }


def _why_no_budget(lamp: Lamp, look: Hindsight | None) -> str:
    """Why the number changes nothing at present; empty when it does."""
    config = lamp.config
    if config.decide.bundle is not None:
        return "decide.bundle in the configuration fixes the model, so nothing is retrained."
    if config.learn.from_zero:
        return "The lamp learns from zero (learn.from_zero), where no calibration is known."
    if config.decide.thresholds.light_on is not None and config.decide.thresholds.light_off is not None:
        return "decide.thresholds in the configuration fixes from which probability the lamp acts."
    if look is None or not look.settings:
        return "It needs a day of speech to know how much is said here; until then the thresholds stay as they came."
    return ""


def _told(progress: Progress) -> dict[str, Any]:
    return {"running": progress.running, "share": round(progress.share, 3), "known": progress.total > 0}


def _done(request: Request, where: str) -> Response:
    return Response(status_code=204) if wants_part(request) else RedirectResponse(f"/model#{where}", 303)


def _number(text: str) -> float:
    """Raises HTTPException 400."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not LEAST <= number <= MOST:
        raise HTTPException(400, f"A number of false activations a day lies between {LEAST:g} and {MOST:g}.")
    return number
