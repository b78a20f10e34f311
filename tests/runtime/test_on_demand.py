"""A retraining begun by hand: one at a time, its progress as it comes, and how it ended."""

import sys
import time

import pytest

from runtime.errors import RetrainError
from runtime.learning import child, on_demand
from runtime.learning.child import Child
from runtime.learning.on_demand import OnDemand

PATIENCE_S = 30.0
RESULT = '{"event": "result", "promoted": false, "reason": "no word is new."}'


def retraining(program: str) -> OnDemand:
    """One whose process runs this, in place of `foreglow retrain`, of which it is given the arguments."""

    def start(command: list[str], *, told: bool) -> Child:
        return Child([sys.executable, "-c", f"import sys, time\n{program}", *command[3:]], told=told)

    return OnDemand(None, start)


def until(true) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_its_progress_comes_and_then_its_result(tmp_path):
    program = f"""
print('{{"event": "progress", "done": 3, "total": 4}}', flush=True)
while not __import__("os").path.exists(sys.argv[-1]): time.sleep(0.01)
print('{RESULT}')
"""
    flag = tmp_path / "go"

    def start(_command: list[str], *, told: bool) -> Child:
        return Child([sys.executable, "-c", f"import sys, time\n{program}", str(flag)], told=told)

    with OnDemand(None, start) as one:
        assert not one.progress.running
        one.begin(dry_run=True)
        until(lambda: one.progress.done == 3)
        assert (one.progress.running, one.progress.dry_run, one.progress.share) == (True, True, 0.75)
        with pytest.raises(RetrainError, match="is going on already"):
            one.begin(dry_run=False)
        flag.touch()
        until(lambda: not one.progress.running)
        assert one.progress.result is not None
        assert one.progress.result["reason"] == "no word is new."
        assert one.progress.trouble == ""


def test_it_is_what_the_command_does():
    with retraining("print(sys.argv[1:], file=sys.stderr); sys.exit(1)") as one:
        one.begin(dry_run=True)
        until(lambda: not one.progress.running)
        assert one.progress.trouble == "['retrain', '--json', '--dry-run']"
        one.begin(dry_run=False)
        until(lambda: not one.progress.running)
        assert one.progress.trouble == "['retrain', '--json']"


def test_why_it_failed_is_told_in_its_own_sentence():
    with retraining(
        "print('foreglow: there is nothing to learn from yet.', file=sys.stderr); sys.exit(1)"
    ) as one:
        one.begin(dry_run=False)
        until(lambda: not one.progress.running)
        assert (one.progress.result, one.progress.trouble) == (None, "there is nothing to learn from yet.")


def test_lines_that_are_no_progress_do_no_harm():
    with retraining(
        f"print('oh'); print('[]'); print('{{\"event\": \"progress\"}}'); print('{RESULT}')"
    ) as one:
        one.begin(dry_run=False)
        until(lambda: not one.progress.running)
        assert one.progress.result is not None


def test_it_ends_with_the_page():
    one = retraining('print(\'{"event": "progress", "done": 1, "total": 2}\', flush=True); time.sleep(600)')
    one.begin(dry_run=False)
    until(lambda: one.progress.done == 1)
    child = one._child
    one.close()
    assert child is not None
    assert child.status() is not None
    assert not one.progress.running
    assert one.progress.trouble


def test_one_that_grows_too_large_is_ended(monkeypatch):
    monkeypatch.setattr(on_demand, "LOOK_S", 0.02)
    monkeypatch.setattr(child, "MOST_MB", 0.5)
    with retraining("x = bytearray(20_000_000); time.sleep(600)") as one:
        one.begin(dry_run=False)
        until(lambda: not one.progress.running)
        assert "and may use" in one.progress.trouble


def test_what_cannot_be_started_is_one_sentence():
    def start(_command, **_):
        raise FileNotFoundError(2, "No such file or directory")

    one = OnDemand(None, start)
    with pytest.raises(RetrainError, match="cannot be started: No such file"):
        one.begin(dry_run=False)
    assert not one.progress.running
