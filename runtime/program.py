"""Runs a program to its end or to a deadline, and says in words what went wrong."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence

from runtime.environment import without_secrets

_STDERR_BYTES = 4096
"""Of the error output kept to quote from; what comes beyond is read and thrown away."""

_POLL_S = 0.05
"""How late the end of a program may be noticed."""


def run_program(argv: Sequence[str], timeout_s: float) -> str | None:
    """Run `argv` (at least the program) without a shell and wait for it for `timeout_s` seconds.

    Returns None if it ended with status 0, else what went wrong, to follow the program's name.
    A program that does not end in time is killed with all it started in its session.
    """
    try:
        process = subprocess.Popen(
            argv,
            env=without_secrets(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # a control-C meant for foreglow does not reach it
        )
    except OSError as error:
        return f"cannot be run: {error.strerror}"
    said = _wait(process, time.monotonic() + timeout_s)
    status = process.poll()
    if status is None:
        _kill(process)
        return f"did not end within {timeout_s:.3g} s and was stopped"
    if status == 0:
        return None
    reason = f"was ended by signal {-status}" if status < 0 else f"failed with exit status {status}"
    lines = said.decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"{reason}: {last}" if last else reason


def _wait(process: "subprocess.Popen[bytes]", deadline: float) -> bytes:
    """The first error output until the program ends or the deadline (monotonic seconds) has come.

    Reads on so that a talkative program does not block, but not to the end of file: a child left in the
    background may hold the pipe for ever.
    """
    assert process.stderr is not None
    said = b""
    with process.stderr as stderr:
        ended = False
        while not ended and (left := deadline - time.monotonic()) > 0:
            ended = process.poll() is not None
            if select.select([stderr], [], [], 0 if ended else min(left, _POLL_S))[0]:
                chunk = stderr.read(65536) or b""
                said = (said + chunk)[:_STDERR_BYTES]
                if not chunk:  # it has closed its error output, so nothing is left but to wait
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(max(0.0, deadline - time.monotonic()))
                    break
    return said


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):  # stuck in the kernel: leave it there
        process.wait(1.0)
