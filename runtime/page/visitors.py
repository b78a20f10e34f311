"""Who looks at the page: told by a cookie, which on a loopback address everybody gets and elsewhere only a link gives.

The cookie can be read by no script, and is not sent along when another site links to us.
"""

import re
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.page.door import BROWSER_S, Door, new_cookie
from runtime.page.render import sorry
from runtime.page.tries import Tries

COOKIE: Final = "foreglow"

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_OPEN: Final = ("/static/", "/enter")
"""Paths for which nobody needs to be known."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser."""

    cookie: str
    """What it is known by."""

    form_token: str
    """What its forms send back."""

    guarded: bool
    """Whether it had to be let in, and so may leave."""


def cookie_header(cookie: str) -> str:
    """What has a browser keep this cookie."""
    return f"{COOKIE}={cookie}; Path=/; Max-Age={int(BROWSER_S)}; HttpOnly; SameSite=Strict"


NO_COOKIE: Final = f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
"""What has a browser drop it."""


def visitor_of(request: Request) -> Visitor:
    """Who asks."""
    visitor: Visitor = request.state.visitor
    return visitor


class Visitors:
    """Lets requests pass from those who may come in, and says to the others how they can."""

    def __init__(self, app: ASGIApp, door: Door, tries: Tries, guarded: bool) -> None:
        """`guarded`: whether a link is needed to come in."""
        self._app = app
        self._door = door
        self._tries = tries
        self._guarded = guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks for it."""
        if scope["type"] != "http" or scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        cookie = request.cookies.get(COOKIE, "")
        if self._guarded:
            refusal = await run_in_threadpool(self._refusal, request, cookie)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        elif not _FORM.fullmatch(cookie):
            cookie = new_cookie()
            send = _giving(cookie, send)
        token = await run_in_threadpool(self._door.form_token, cookie)
        scope.setdefault("state", {})["visitor"] = Visitor(cookie, token, self._guarded)
        await self._app(scope, receive, send)

    def _refusal(self, request: Request, cookie: str) -> Response | None:
        address = "" if request.client is None else request.client.host
        if not cookie:
            return sorry(request, "This browser has not been let in.", 401)
        if _FORM.fullmatch(cookie) and self._door.knows(cookie):
            return None
        if (wait_s := self._tries.wait_s(address)) > 0:
            return too_often(request, wait_s)
        self._tries.count(address)
        refusal = sorry(request, "This browser is not let in any more.", 401)
        refusal.headers["set-cookie"] = NO_COOKIE
        return refusal


def too_often(request: Request, wait_s: float) -> Response:
    """The answer to who came with too many wrong keys."""
    refusal = sorry(request, f"Too many wrong keys came from here. Try again in {wait_s:.0f} seconds.", 429)
    refusal.headers["retry-after"] = str(int(wait_s) + 1)
    return refusal


def _giving(cookie: str, send: Send) -> Send:
    async def give(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("set-cookie", cookie_header(cookie))
        await send(message)

    return give
