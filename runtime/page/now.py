"""Now: the light and its switch, mute, what is being heard, how the lamp is."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from runtime.errors import ControlError, JournalError
from runtime.journal.reading import read_journal
from runtime.page.asking import Lamp
from runtime.page.door import Door
from runtime.page.forms import sent_form
from runtime.page.hub import Hub
from runtime.page.render import render, wants_part
from runtime.page.shown import Shown, all_shown
from runtime.page.visitors import visitor_of
from runtime.page.words import seconds_ago

NEWEST: Final = 3
"""Utterances shown below what is being heard."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the lamp."""

    name: str
    """What it is."""

    state: str
    """How it is, in a few words."""

    well: bool
    """Whether it is as it should be."""


def now_routes(lamp: Lamp, hub: Hub, door: Door) -> list[Route]:
    """What this part of the page answers to."""

    def page(request: Request) -> Response:
        status, why = _status(lamp)
        newest = _newest(lamp)
        stages = [] if status is None else stages_of(status)
        return render(request, "now.html", status=status, why=why, stages=stages, newest=newest)

    def newest_part(request: Request) -> Response:
        return render(request, "newest.html", newest=_newest(lamp))

    def health_part(request: Request) -> Response:
        status = hub.status or _status(lamp)[0]  # many ask for this every few seconds
        return render(request, "health.html", stages=[] if status is None else stages_of(status))

    async def switch(request: Request) -> Response:
        to = (await sent_form(request)).get("to")
        if to not in ("light_on", "light_off"):
            raise HTTPException(400, "The light can be switched on or off.")
        await run_in_threadpool(lambda: lamp.ask(do="switch", to=to, who="page"))
        return _done(request)

    async def mute(request: Request) -> Response:
        to = (await sent_form(request)).get("to")
        if to not in ("mute", "unmute"):
            raise HTTPException(400, "The lamp can be muted or unmuted.")
        await run_in_threadpool(lambda: lamp.ask(do=to))
        return _done(request)

    async def events(request: Request) -> Response:
        if hub.full:
            raise HTTPException(503, "Too many are looking at the lamp. Try again later.")
        visitor = visitor_of(request)

        async def tell() -> AsyncIterator[bytes]:
            yield b"retry: 2000\n\n"
            async with aclosing(hub.look()) as told:
                async for event in told:
                    still_in = event["event"] not in ("status", "gone") or not visitor.guarded
                    if not still_in and not await run_in_threadpool(door.knows, visitor.cookie):
                        return
                    yield b"data: " + json.dumps(event).encode() + b"\n\n"

        return StreamingResponse(tell(), media_type="text/event-stream")

    return [
        Route("/", page),
        Route("/newest", newest_part),
        Route("/health", health_part),
        Route("/switch", switch, methods=["POST"]),
        Route("/mute", mute, methods=["POST"]),
        Route("/events", events),
    ]


def _done(request: Request) -> Response:
    return Response(status_code=204) if wants_part(request) else RedirectResponse("/", 303)


def _status(lamp: Lamp) -> tuple[dict[str, Any] | None, str]:
    """How the lamp is, or why that is not known."""
    try:
        return lamp.status(), "The lamp is not running."
    except ControlError as error:
        return None, str(error)


def _newest(lamp: Lamp) -> list[Shown]:
    try:
        with read_journal(lamp.state_folder) as reader:
            return [] if reader is None else all_shown(reader.utterances(limit=NEWEST), reader, lamp.config)
    except JournalError:  # History says what is wrong; the switch must be there
        return []


def stages_of(status: Mapping[str, Any], now: float | None = None) -> list[Stage]:
    """The parts of a running lamp, from its status; what it does not tell is left out.

    Args:
        now: seconds since 1970.
    """
    stages = [
        Stage("Microphone", _microphone(status), status.get("state") in ("listening", "muted", "starting"))
    ]
    light = status.get("light_device")
    if isinstance(light, dict):
        failure = light.get("failure")
        state = f"{light.get('device')} {failure}" if failure else f"{light.get('device')} answers"
        stages.append(Stage("Light", state, not failure))
    mqtt = status.get("mqtt")
    if isinstance(mqtt, dict):
        connected = mqtt.get("connected") is True
        stages.append(Stage("MQTT", "connected" if connected else "not connected", connected))
    threads = status.get("threads")
    if isinstance(threads, dict):
        dead = [str(name) for name, alive in threads.items() if alive is False]
        stages.append(Stage("Threads", f"ended: {', '.join(dead)}" if dead else "all alive", not dead))
    dropped, ratio = status.get("dropped_blocks") or 0, status.get("compute_ratio") or 0.0
    lost = f", {dropped:,} blocks of sound lost" if dropped else ""
    stages.append(Stage("Computing", f"{ratio:.0%} of real time{lost}", ratio < 0.9))
    stages.append(
        Stage("Language model", str(status.get("bundle") or "none yet"), bool(status.get("bundle")))
    )
    if status.get("memory_mb"):
        stages.append(Stage("Memory", f"{status['memory_mb']:.0f} MB", True))
    if (since := _since(status)) is not None:
        running_s = (time.time() if now is None else now) - since
        stages.append(Stage("Running for", seconds_ago(running_s), True))
    return stages


def _microphone(status: Mapping[str, Any]) -> str:
    state, name = str(status.get("state")), status.get("microphone")
    trouble = status.get("microphone_trouble")
    return f"{state}: {trouble}" if trouble else f"{state}, {name}" if name else state


def _since(status: Mapping[str, Any]) -> float | None:
    try:
        since = datetime.fromisoformat(str(status.get("since")))
    except ValueError:
        return None
    return (since if since.tzinfo else since.replace(tzinfo=UTC)).timestamp()
