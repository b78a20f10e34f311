"""Coming in with a link, and leaving.

Opening the link only shows a button. Whoever opens links for a look in advance, as messengers do, uses up nothing, and
the key leaves the browser's address when the button is pressed.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from runtime.page.door import Door
from runtime.page.forms import read_form, sent_form
from runtime.page.render import render, sorry
from runtime.page.tries import Tries
from runtime.page.visitors import NO_COOKIE, cookie_header, too_often, visitor_of


def entry_routes(door: Door, tries: Tries) -> list[Route]:
    """What this part of the page answers to."""

    def show(request: Request) -> Response:
        return render(request, "enter.html", key=request.query_params.get("key", "")[:200])

    async def enter(request: Request) -> Response:
        """No token of a form is asked for: the key is one."""
        address = "" if request.client is None else request.client.host
        if (wait_s := tries.wait_s(address)) > 0:
            return too_often(request, wait_s)
        key = (await read_form(request)).get("key", "")
        cookie = await run_in_threadpool(door.use_link, key)
        if cookie is None:
            tries.count(address)
            return sorry(request, "This link is wrong, too old, or was used already.", 401)
        return RedirectResponse("/", 303, {"set-cookie": cookie_header(cookie)})

    async def leave(request: Request) -> Response:
        await sent_form(request)
        await run_in_threadpool(door.leave, visitor_of(request).cookie)
        return RedirectResponse("/enter", 303, {"set-cookie": NO_COOKIE})

    return [
        Route("/enter", show),
        Route("/enter", enter, methods=["POST"]),
        Route("/leave", leave, methods=["POST"]),
    ]
