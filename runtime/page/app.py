"""The page as one application: its parts, and what stands before them."""

from collections.abc import Collection
from mimetypes import guess_type

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from runtime.config import Config
from runtime.errors import OURS, NotRunningError
from runtime.learning.on_demand import OnDemand
from runtime.page.asking import Lamp
from runtime.page.charts import chart_routes
from runtime.page.door import Door
from runtime.page.entry import entry_routes
from runtime.page.forgetting import forget_routes
from runtime.page.headers import SafeHeaders
from runtime.page.history import history_routes
from runtime.page.hosts import KnownHosts, is_loopback, own_names
from runtime.page.hub import Hub
from runtime.page.model import model_routes
from runtime.page.now import now_routes
from runtime.page.render import ASSETS, sorry
from runtime.page.tries import Tries
from runtime.page.visitors import Visitors


def make_app(
    config: Config,
    hub: Hub | None = None,
    door: Door | None = None,
    names: Collection[str] | None = None,
    retraining: OnDemand | None = None,
) -> ASGIApp:
    """The page of the lamp with this configuration.

    Args:
        hub: what tells of what is heard; None makes one.
        door: who may come in; None is the one of the state folder.
        names: of this machine; None asks the system.
        retraining: what retrains when asked to; None makes one.
    """
    lamp = Lamp(config)
    door = door or Door(config.state_folder)
    hub = hub or Hub(lamp)
    tries = Tries()
    address = config.page.address
    app = Starlette(
        routes=[
            *now_routes(lamp, hub, door),
            *history_routes(lamp),
            *forget_routes(lamp),
            *model_routes(lamp, hub, retraining or OnDemand(None)),
            *chart_routes(lamp),
            *entry_routes(door, tries),
            Route("/static/{name}", _asset),
        ],
        middleware=[
            Middleware(KnownHosts, address=address, names=own_names() if names is None else names),
            Middleware(Visitors, door=door, tries=tries, guarded=not is_loopback(address)),
        ],
        exception_handlers={HTTPException: _refused, **dict.fromkeys(OURS, _failed)},
    )
    return SafeHeaders(app)  # around all of it: what fails in an unforeseen way has them too


def _asset(request: Request) -> Response:
    """Only what was read at the start: no path is ever made from what is asked for."""
    name = request.path_params["name"]
    if name not in ASSETS:
        raise HTTPException(404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(ASSETS[name], media_type=guess_type(name)[0], headers=headers)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = "There is no such page." if error.detail == "Not Found" else error.detail
    return sorry(request, sentence, error.status_code)


def _failed(request: Request, error: Exception) -> Response:
    """What the lamp or its journal says, in its own sentence."""
    if isinstance(error, NotRunningError):
        return sorry(request, "The lamp is not running, so this cannot be done now.", 503)
    return sorry(request, str(error), 409)
