"""Under which names the page may be asked for.

A web site can have its own name resolve to this machine's address (DNS rebinding), and its scripts would then be
taken for ours. So only names are answered that no stranger can have: addresses, and the name of this machine.
"""

import socket
from collections.abc import Collection
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def is_loopback(address: str) -> bool:
    """Whether only programs on this machine can reach this address."""
    return ip_address(address).is_loopback


def own_names() -> frozenset[str]:
    """What this machine is called at home."""
    name = socket.gethostname().lower()
    return frozenset({name, f"{name}.local"})


def host_of(authority: str) -> str:
    """The host of `host:port`, in lower case; without the brackets of IPv6."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    return authority.rpartition(":")[0].lower() if ":" in authority else authority.lower()


class KnownHosts:
    """Refuses requests for any other name, and those that another site has a browser send."""

    def __init__(self, app: ASGIApp, address: str, names: Collection[str]) -> None:
        """`address` at which is listened; `names` beside it, where it is no loopback address."""
        self._app = app
        self._loopback = is_loopback(address)
        self._names = {"localhost"} if self._loopback else {"localhost", *names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks for it."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)) is not None:
            await PlainTextResponse(refusal, 421 if "name" in refusal else 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._known(host_of(hosts[0])):
            return "The lamp is not known by this name; use its address.\n"
        if scope["method"] not in ("GET", "HEAD"):
            origin = headers.get("origin")
            if origin is not None and origin.partition("://")[2].lower() != hosts[0].lower():
                return "Another site sent this; the lamp takes it from its own page only.\n"
            if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return "Another site sent this; the lamp takes it from its own page only.\n"
        return None

    def _known(self, host: str) -> bool:
        if host in self._names:
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return address.is_loopback if self._loopback else True
