"""Serving the page until a signal."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from anyio.to_thread import current_default_thread_limiter

from runtime.config import Config
from runtime.errors import PageError
from runtime.learning.on_demand import OnDemand
from runtime.page.app import make_app
from runtime.page.asking import Lamp
from runtime.page.hosts import is_loopback
from runtime.page.hub import Hub

MOST_AT_ONCE: Final = 200
"""Connections; those who look take one each."""

THREADS: Final = 8
"""In which the journal is read and the lamp asked; more would only wait for each other, and a service has few."""

_MOST_HEAD_BYTES: Final = 16_384
"""Of the head of a request, which a browser's never reaches."""

_NO_PACKET_GOES: Final = ("192.0.2.1", 9)
"""Kept for documentation: only asked which of our addresses would be used."""


class Server(uvicorn.Server):
    """uvicorn, which first lets go those who look: else it would wait for them."""

    def __init__(
        self, config: uvicorn.Config, hub: Hub, retraining: OnDemand, tell: Callable[[], object]
    ) -> None:
        super().__init__(config)
        self._hub = hub
        self._retraining = retraining
        self._tell = tell
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Until `stop` or a signal; a retraining that goes on is ended then."""
        self._loop = asyncio.get_running_loop()
        try:
            await super().serve(sockets)
        finally:
            self._retraining.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer; from here on a signal ends it in order."""
        current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets)
        self._tell()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn calls it so
        """A signal has come; uvicorn would raise it once more at the end, and the exit status would be none."""
        self.stop()

    def stop(self) -> None:
        """End soon; may be called from another thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._hub.close)


def open_socket(config: Config) -> socket.socket:
    """A listening socket at the configured address. Raises PageError."""
    address, port = config.page.address, config.page.port
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=64)
    except OSError as error:
        raise PageError(
            f"the page cannot be served at {address}, port {port}: {os.strerror(error.errno or 0)}; "
            "set page.address or page.port to another."
        ) from None


def make_server(
    config: Config, tell: Callable[[], object] = lambda: None, path: Path | None = None
) -> Server:
    """What serves the page of the lamp with this configuration, at the socket that it is given.

    Args:
        path: the file of the configuration, for retraining, which reads it again.
        tell: called once the page can be asked for.
    """
    hub, retraining = Hub(Lamp(config)), OnDemand(path)
    # The log of requests would hold the keys of links.
    return Server(
        uvicorn.Config(
            make_app(config, hub, retraining=retraining),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_AT_ONCE,
            h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=3,
        ),
        hub,
        retraining,
        tell,
    )


def serve(config: Config, tell: Callable[[], object], path: Path | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises PageError.

    Args:
        path: the file of the configuration, for retraining, which reads it again.
        tell: called once the page can be asked for.
    """
    with open_socket(config) as listening:
        make_server(config, tell, path).run([listening])


def page_link(config: Config, key: str | None = None) -> str:
    """Where a browser finds the page; with a key, the link that lets it in."""
    address = config.page.address
    if address in ("0.0.0.0", "::"):
        address = _home_address() or f"{socket.gethostname()}.local"
    if ":" in address:
        address = f"[{address}]"
    path = "/" if key is None or is_loopback(config.page.address) else f"/enter?key={key}"
    return f"http://{address}:{config.page.port}{path}"


def _home_address() -> str | None:
    """This machine's address in the home network; None without a network. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(_NO_PACKET_GOES)
        except OSError:
            return None
        return str(asking.getsockname()[0])
