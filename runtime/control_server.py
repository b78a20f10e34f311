"""The running lamp's side of runtime/control.py: a Unix socket, and one handler for each kind of request.

`foreglow.lock` is held for as long as the lamp runs (runtime/state_lock.py), so a socket file that is found
at the start is known to be stale.
"""

import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from model.limited import parse_json
from runtime.control import MAX_REQUEST_BYTES, socket_path
from runtime.errors import OURS, ControlError
from runtime.state_lock import state_lock, unusable

Handler: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the whole request and gives the answer, both JSON; an error of ours becomes {"error": its sentence}."""

Stream: TypeAlias = Callable[[socket.socket], None]
"""Takes over a copy of a connection, and tells there what happens for as long as it likes; raises ControlError."""

CLIENTS = 4
"""Threads, and so requests in work at once; a status is told while something long goes on."""

_REQUEST_S = 2.0
"""For a client to say what it wants; one that dawdles is left."""
_ANSWER_S = 5.0
"""For a client to take the answer."""
_RETRY_S = 1.0

_log = logging.getLogger(__name__)


class ControlServer:
    """Answers requests for as long as the `with` block runs; until then it also holds the state folder."""

    def __init__(
        self, state_folder: Path, handlers: Mapping[str, Handler], streams: Mapping[str, Stream] | None = None
    ) -> None:
        """`handlers` and `streams` by the request's `do`; handlers may be added later.

        They are called in the server's threads, one at a time; only `status` may be called beside another.
        Raises ControlError if the folder's path is too long for a socket.
        """
        self._state_folder = state_folder
        self._path = socket_path(state_folder)
        self._handlers = handlers
        self._streams = streams or {}
        self._one_at_a_time = threading.Lock()
        self._closing = threading.Event()
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Raises what state_lock raises."""
        with contextlib.ExitStack() as resources:
            resources.enter_context(state_lock(self._state_folder))
            try:
                listener = resources.enter_context(self._listen())
            except OSError as error:
                raise unusable(self._state_folder, error) from None
            resources.callback(self._path.unlink, missing_ok=True)
            for number in range(CLIENTS):
                name = f"control {number + 1}"
                thread = threading.Thread(target=self._serve, args=(listener,), name=name, daemon=True)
                thread.start()
                resources.callback(thread.join)
            resources.callback(listener.shutdown, socket.SHUT_RDWR)  # wakes every thread out of accept()
            resources.callback(self._closing.set)
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._resources.close()

    def _listen(self) -> socket.socket:
        """A listening socket that only this user may connect to. The lock is ours: an old file is stale."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self._path))
            self._path.chmod(0o600)  # before listen(): nobody gets in while the mode is still wider
            listener.listen()
        except OSError:
            listener.close()
            raise
        return listener

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                if self._closing.wait(_RETRY_S):
                    return
                continue  # no file descriptor free, say; that may pass
            with client, contextlib.suppress(OSError):  # a client that has gone is no trouble of ours
                line = _request_line(client, time.monotonic() + _REQUEST_S)
                answer = self._answer(line, client) if line else None
                if answer is not None:
                    client.settimeout(_ANSWER_S)
                    client.sendall(json.dumps(answer).encode() + b"\n")

    def _answer(self, line: bytes, client: socket.socket) -> dict[str, Any] | None:
        """What is to be sent; None when somebody else has taken over the connection."""
        try:
            do, request = _understood(line)
            if do in self._streams:
                self._streams[do](client)
                return None
            handler = self._handlers.get(do)
            if handler is None:
                known = ", ".join(
                    sorted((*self._handlers, *self._streams))
                )  # a copy: more may be added meanwhile
                raise ControlError(f"this lamp cannot do {do!r}; it can do {known}.")
            with contextlib.nullcontext() if do == "status" else self._one_at_a_time:
                answer = handler(request)
            json.dumps(answer)  # whatever cannot be told is a mistake of the handler, not of the client
        except OURS as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - our own mistake in a handler must not take the light away
            _log.exception("a request failed")
            return {"error": f"the lamp failed at this request ({type(error).__name__}); its log says where."}
        return answer


def _request_line(client: socket.socket, deadline: float) -> bytes:
    """The line that the client sends; empty when it sends none. Raises TimeoutError at the deadline.

    What comes beyond the longest request is read and thrown away: a socket closed with something unread
    takes the answer with it.
    """
    received = bytearray()
    while b"\n" not in received:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        client.settimeout(left_s)
        chunk = client.recv(65_536)
        if not chunk:
            break
        received += chunk
        if len(received) > MAX_REQUEST_BYTES and b"\n" not in chunk:
            del received[MAX_REQUEST_BYTES + 1 :]
    return bytes(received[: MAX_REQUEST_BYTES + 1])


def _understood(line: bytes) -> tuple[str, dict[str, Any]]:
    """What is to be done, and the whole request. Raises ControlError."""
    if len(line) > MAX_REQUEST_BYTES:
        raise ControlError(f"a request may have {MAX_REQUEST_BYTES:,} bytes at most; say less.")
    try:
        request = parse_json(line)
    except ValueError:
        raise ControlError("a request must be one JSON object in a line.") from None
    if not isinstance(request, dict) or not isinstance(request.get("do"), str):
        raise ControlError('a request must be a JSON object with a "do", such as {"do": "status"}.')
    return request["do"], request
