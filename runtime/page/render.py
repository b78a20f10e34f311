"""Turning templates into answers. Everything shown is escaped: somebody will say "<script>"."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from runtime.page import words

PLACE: Final = Path(__file__).parent

TABS: Final = (("/", "Now"), ("/history", "History"), ("/model", "Model"), ("/charts", "Charts"))
"""What leads to each part of the page."""


def _assets() -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((PLACE / "static").iterdir()) if path.is_file()}


ASSETS: Final = _assets()
"""Every file that a browser may load beside the page, read once."""


def asset_link(name: str) -> str:
    """Where a browser finds it; another place whenever it has changed, so that it may be kept for ever."""
    return f"/static/{name}?{hashlib.sha256(ASSETS[name]).hexdigest()[:8]}"


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(PLACE / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals |= {"asset_link": asset_link, "tabs": TABS, "intents": words.INTENT_NAMES}


def render(request: Request, template: str, /, code: int = 200, **values: Any) -> Response:
    """A page, or a part of one, for who asks; `code` is the status of HTTP."""
    visitor = getattr(request.state, "visitor", None)
    text = _TEMPLATES.get_template(template).render(path=request.url.path, visitor=visitor, **values)
    return HTMLResponse(text, code)


def sorry(request: Request, sentence: str, code: int) -> Response:
    """Why not: a page for people, a line for our script."""
    if wants_part(request):
        return PlainTextResponse(sentence, code)
    return render(request, "sorry.html", code, sentence=sentence, let_in=code == 401)


def wants_part(request: Request) -> bool:
    """Whether our script asks, to put the answer into a page that is open."""
    return request.headers.get("x-part") == "1"
