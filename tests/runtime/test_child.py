"""A retraining's own process: it waits when told to, and never outlives what it was for."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.learning.child import NICENESS, Child, retrain_command
from runtime.supervision.stop import stop_signals

COUNTING = (
    "import sys, time\nwhile True:\n    print('.', end='', file=sys.stderr, flush=True)\n    time.sleep(0.01)"
)
PATIENCE_S = 30.0


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def state(pid: int) -> str:
    """One letter of the kernel's: T is stopped; an empty text when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


@pytest.fixture
def child():
    child = Child([sys.executable, "-c", COUNTING])
    yield child
    child.end()


def test_it_waits_goes_on_and_ends(child):
    pid = child._process.pid
    assert child.status() is None
    assert os.getpriority(os.PRIO_PROCESS, pid) == NICENESS
    until(lambda: child.memory_mb() > 1)
    child.pause()
    assert child.paused
    until(lambda: state(pid) == "T")
    child.resume()
    assert not child.paused
    until(lambda: state(pid) in "SR")
    child.pause()
    child.end()
    assert child.status() == -signal.SIGKILL
    assert state(pid) == ""
    assert child.memory_mb() == 0
    assert child.end() == ""
    child.pause()  # nobody is there any more
    child.resume()


def test_what_it_said_last_is_kept_and_bounded():
    child = Child([sys.executable, "-c", "import sys; sys.exit('x' * 5000 + ' the reason')"])
    until(lambda: child.status() is not None)
    assert child.status() == 1
    told = child.end()
    assert told.endswith("x the reason")
    assert len(told) <= 2000


def test_it_is_told_to_use_one_core():
    child = Child([sys.executable, "-c", "import os, sys; sys.exit(os.environ['OMP_NUM_THREADS'])"])
    until(lambda: child.status() is not None)
    assert child.end() == "1"


@pytest.mark.parametrize("hang_up", ["SIG_DFL", "SIG_IGN"], ids=["", "nohup"])
def test_stopped_when_the_lamp_is_killed_it_does_not_stay(hang_up):
    program = (
        f"import signal, sys, time\nsignal.signal(signal.SIGHUP, signal.{hang_up})\n"
        "from runtime.learning.child import Child\nfrom runtime.supervision.stop import stop_signals\n"
        "with stop_signals():\n"
        f"    child = Child([sys.executable, '-c', {COUNTING!r}])\n    child.pause()\n"
        "    print(child._process.pid, flush=True)\n    time.sleep(600)"
    )
    lamp = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    pid = int(lamp.stdout.readline())
    until(lambda: state(pid) == "T")
    lamp.kill()
    lamp.wait()
    until(lambda: state(pid) in ("", "Z"))


def test_what_nohup_ignores_still_does_nothing_to_the_lamp():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_signals():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_command_names_the_configuration():
    assert retrain_command(Path("a b.yaml"))[-5:] == [
        "runtime.cli",
        "retrain",
        "--json",
        "--config",
        "a b.yaml",
    ]
    assert retrain_command(None)[-2:] == ["retrain", "--json"]
