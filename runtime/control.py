"""Asking a running lamp: one JSON object in a line to its Unix socket, one JSON object back.

    {"do": "status"}                               -> {"state": "listening", ...}
    {"do": "correct", "id": 3, "intent": "none"}   -> whatever that handler gives
    anything it cannot do                          -> {"error": "a sentence"}

runtime/control_server.py answers; docs/releases.md lists the requests.
"""

import json
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.limited import parse_json
from runtime.errors import ControlError, NotRunningError
from runtime.supervision.service_user import how_to_ask_the_service

SOCKET_FILE = "foreglow.sock"
"""In the state folder."""

MAX_SOCKET_PATH_BYTES = 107
"""Bytes of a Unix socket's path on Linux: sun_path holds 108 with the closing zero."""

MAX_REQUEST_BYTES = 65_536
"""Of one request with its line end."""

MAX_ANSWER_BYTES = 16_000_000
"""Far more than any answer; what goes on beyond is not from foreglow."""

ANSWER_TIMEOUT_S = 60.0
"""Forgetting rewrites the journal, which on a slow card takes a while."""


def socket_path(state_folder: Path) -> Path:
    """The socket of a state folder. Raises ControlError if its path is too long for a socket."""
    path = state_folder / SOCKET_FILE
    length = len(os.fsencode(path))
    if length > MAX_SOCKET_PATH_BYTES:
        raise ControlError(
            f"the path {path} has {length} bytes, but a socket's may have {MAX_SOCKET_PATH_BYTES} at most; "
            "set state_dir to a shorter one."
        )
    return path


def ask(
    state_folder: Path, request: Mapping[str, Any], timeout_s: float = ANSWER_TIMEOUT_S
) -> dict[str, Any]:
    """What the lamp that runs with `state_folder` answers to `{"do": ..., ...}`.

    Raises:
        NotRunningError: no lamp runs there.
        ControlError: it refuses, with its sentence; it may not be asked, or gives no whole answer in time.
    """
    path = socket_path(state_folder)
    line = json.dumps(request).encode() + b"\n"
    if len(line) > MAX_REQUEST_BYTES:
        raise ControlError(f"a request to the lamp may have {MAX_REQUEST_BYTES:,} bytes at most; say less.")
    try:
        answer = parse_json(_exchange(path, line, time.monotonic() + timeout_s))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise NotRunningError(
            f"no lamp is running: nothing answers at {path}.{how_to_ask_the_service()}"
        ) from None
    except TimeoutError:
        raise ControlError(f"the lamp at {path} does not answer; it hangs and should be restarted.") from None
    except OSError as error:
        raise ControlError(f"the lamp at {path} cannot be asked: {error.strerror}.") from None
    except ValueError:
        raise ControlError(f"the answer at {path} was cut short; ask again.") from None
    if not isinstance(answer, dict):
        raise ControlError(f"what answers at {path} is not foreglow.")
    if "error" in answer:
        raise ControlError(str(answer["error"]))
    return answer


def _exchange(path: Path, line: bytes, deadline: float) -> bytearray:
    """Send the line and read to the end, until the deadline (monotonic seconds)."""
    received = bytearray()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        _set_timeout(server, deadline)
        server.connect(str(path))
        server.sendall(line)
        while len(received) <= MAX_ANSWER_BYTES:
            _set_timeout(server, deadline)
            chunk = server.recv(65_536)
            if not chunk:
                break
            received += chunk
    return received


def _set_timeout(server: socket.socket, deadline: float) -> None:
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    server.settimeout(left_s)
