"""The thread for what listening does not wait for: in order, and never too much before it."""

import threading

import pytest

from runtime.errors import BusyError
from runtime.learning.worker import MOST_WAITING, Worker


def test_what_finds_too_much_waiting_is_refused_and_taken_again_later():
    hold, did = threading.Event(), []
    with Worker() as worker:
        worker.submit(hold.wait)
        last = [worker.submit(did.append, number) for number in range(MOST_WAITING - 1)][-1]
        with pytest.raises(BusyError, match=f"{MOST_WAITING} lessons wait"):
            worker.submit(did.append, -1).result()
        hold.set()
        last.result()
        worker.submit(did.append, MOST_WAITING).result()
    assert did == [*range(MOST_WAITING - 1), MOST_WAITING]


def test_what_fails_makes_room_as_well():
    with Worker() as worker:
        for _ in range(MOST_WAITING + 10):
            with pytest.raises(ZeroDivisionError):
                worker.submit(lambda: 1 / 0).result()
        assert worker.submit(lambda: "done").result() == "done"
