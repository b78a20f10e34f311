"""What a running lamp says about itself: one JSON object from a Unix socket in the state folder.

`foreglow.sock` gives the object to whoever connects and closes. `foreglow.lock` is held for as long as the
lamp runs, so that two never share a state folder, even when started at the same moment; the kernel lets
go of it however the process ends, so a socket file left over is known to be stale.
"""

import contextlib
import fcntl
import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from runtime.errors import AlreadyRunningError, NotRunningError, StatusError

MAX_SOCKET_PATH_BYTES = 107
"""Bytes of a Unix socket's path on Linux: sun_path holds 108 with the closing zero."""

_CLIENT_TIMEOUT_S = 1.0
_READ_TIMEOUT_S = 3.0
_RETRY_S = 1.0


def socket_path(state_dir: Path) -> Path:
    """The socket of a state folder. Raises StatusError if its path is too long for a socket."""
    path = state_dir / "foreglow.sock"
    length = len(os.fsencode(path))
    if length > MAX_SOCKET_PATH_BYTES:
        raise StatusError(
            f"The path {path} has {length} bytes, but a socket's may have {MAX_SOCKET_PATH_BYTES} at most; "
            "set state_dir to a shorter one."
        )
    return path


class StatusServer:
    """Answers every connection with the lamp's status for as long as the `with` block runs."""

    def __init__(self, state_dir: Path, snapshot: Callable[[], dict[str, Any]]) -> None:
        """`snapshot` is called in the server's own thread for each connection; what it gives must be JSON."""
        self._state_dir = state_dir
        self._path = socket_path(state_dir)
        self._snapshot = snapshot
        self._closing = threading.Event()
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Raises AlreadyRunningError if another lamp holds the folder, StatusError if it cannot be used."""
        with contextlib.ExitStack() as resources:
            try:
                self._state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
                resources.enter_context(self._hold_lock())
                listener = resources.enter_context(self._listen())
            except OSError as error:
                raise StatusError(
                    f"The state folder {self._state_dir} cannot be used: {error.strerror}; "
                    "make it writable or set state_dir to another."
                ) from None
            thread = threading.Thread(target=self._serve, args=(listener,), name="status", daemon=True)
            thread.start()
            resources.callback(self._path.unlink, missing_ok=True)
            resources.callback(thread.join)
            resources.callback(listener.shutdown, socket.SHUT_RDWR)  # wakes the thread out of accept()
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

    def _hold_lock(self) -> IO[bytes]:
        descriptor = os.open(self._state_dir / "foreglow.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        lock = os.fdopen(descriptor, "r+b")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunningError(
                f"foreglow is already running with the state folder {self._state_dir}; "
                "stop that one first, or set another state_dir."
            ) from None
        return lock

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
                client.settimeout(_CLIENT_TIMEOUT_S)
                client.sendall(json.dumps(self._snapshot()).encode() + b"\n")


def read_status(state_dir: Path) -> dict[str, Any]:
    """The status of the lamp that runs with `state_dir`.

    Raises NotRunningError if none does, StatusError if it may not be asked or gives no whole answer.
    """
    path = socket_path(state_dir)
    received = bytearray()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_READ_TIMEOUT_S)
            client.connect(str(path))
            while chunk := client.recv(65536):
                received += chunk
        status = json.loads(received)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise NotRunningError(f"foreglow is not running: nothing answers at {path}.") from None
    except TimeoutError:
        raise StatusError(f"foreglow does not answer at {path}; it hangs and should be restarted.") from None
    except OSError as error:
        raise StatusError(f"The status at {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise StatusError(f"The status at {path} was cut short; ask again.") from None
    if not isinstance(status, dict):
        raise StatusError(f"What answers at {path} is not foreglow.")
    return status
